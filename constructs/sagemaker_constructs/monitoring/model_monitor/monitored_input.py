"""What Model Monitor reads: what an endpoint captures, or what transform jobs do."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from aws_cdk import aws_s3 as s3
from constructs import IDependable

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, one_of
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.jobs.job_definition import without_empty
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects

DatasetFormat = Literal["csv", "csv with header", "json", "json lines", "parquet"]
INPUT_FOLDER = "/opt/ml/processing/input/captured"
_LONGEST_EXCLUDED = 100
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "csv": {"Csv": {"Header": False}},
    "csv with header": {"Csv": {"Header": True}},
    "json": {"Json": {"Line": False}},
    "json lines": {"Json": {"Line": True}},
    "parquet": {"Parquet": True},
}


@dataclass(frozen=True, kw_only=True)
class MonitoredInput(ABC):
    """Where requests and answers lie, and where in them what a check needs.

    ``features`` is the JMESPath of the features of JSON lines; ``prediction`` and ``probability`` are JMESPaths, or
    numbers of columns from 0, in answers. Above ``probability_threshold`` the answer is the positive class.
    ``excluded`` are names of features that are not looked at.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EndpointInput.html
    """

    features: str = ""
    prediction: str = ""
    probability: str = ""
    probability_threshold: float | None = None
    excluded: Sequence[str] = ()

    @property
    @abstractmethod
    def endpoint_name(self) -> str:
        """The name of the endpoint; empty for transform jobs."""

    @property
    @abstractmethod
    def namespace(self) -> str:
        """What the namespaces of its metrics begin with."""

    @property
    def ready(self) -> Sequence[IDependable]:
        """What the definition of a job waits for: SageMaker refuses one of an endpoint that is not there."""
        return ()

    @abstractmethod
    def grant_read(self, grants: Grants) -> None:
        """Allow reading what was captured."""

    @abstractmethod
    def _source(self) -> tuple[str, dict[str, object]]:
        """The member of the request that says where it lies, and what is said there."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        if self.probability_threshold is not None:
            yield in_range("probability_threshold", self.probability_threshold, 0, 1)
        if len(joined := ",".join(self.excluded)) > _LONGEST_EXCLUDED:
            words = f"may have at most {_LONGEST_EXCLUDED} characters with the commas between names"
            yield Problem("excluded", f"{words}, got: {len(joined)}")

    def request(self, start: str, end: str) -> dict[str, object]:
        """The member ``…JobInput`` of a job definition; ``start`` and ``end`` move its window."""
        member, source = self._source()
        given: dict[str, object] = {
            **source,
            "LocalPath": INPUT_FOLDER,
            "FeaturesAttribute": self.features or None,
            "InferenceAttribute": self.prediction or None,
            "ProbabilityAttribute": self.probability or None,
            "ProbabilityThresholdAttribute": self.probability_threshold,
            "ExcludeFeaturesAttribute": ",".join(self.excluded) or None,
            "StartTimeOffset": start or None,
            "EndTimeOffset": end or None,
        }
        return {member: without_empty(given)}


@dataclass(frozen=True)
class MonitoredEndpoint(MonitoredInput):
    """What ``endpoint`` captures by ``capture``, its argument.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """

    endpoint: EndpointBase
    capture: DataCapture

    @property
    def endpoint_name(self) -> str:
        """The name of the endpoint."""
        return self.endpoint.endpoint_name

    @property
    def namespace(self) -> str:
        """What the namespaces of its metrics begin with."""
        return "aws/sagemaker/Endpoints"

    @property
    def ready(self) -> Sequence[IDependable]:
        """The endpoint."""
        return (self.endpoint,)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from super().problems()
        if self.capture.mode == "output":
            yield Problem("capture.mode", "must be 'input' or 'both', as requests are watched, got: 'output'")

    def grant_read(self, grants: Grants) -> None:
        """Allow reading what was captured of the endpoint."""
        place = f"{self.capture.prefix.strip('/')}/{self.endpoint_name}"
        grant_read_objects(self.capture.bucket, grants, f"{place}/*")

    def _source(self) -> tuple[str, dict[str, object]]:
        return "EndpointInput", {"EndpointName": self.endpoint_name}


@dataclass(frozen=True)
class MonitoredTransforms(MonitoredInput):
    """What transform jobs capture below ``prefix`` of ``bucket``, where their ``DataCaptureConfig`` points.

    The captured files are lists of the objects that a job has read and written, which the monitor reads, too:
    ``data`` are the places where they lie.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
    """

    bucket: s3.IBucket
    prefix: str
    format: DatasetFormat
    data: Sequence[ProcessingInput] = ()

    @property
    def endpoint_name(self) -> str:
        """Empty: there is no endpoint."""
        return ""

    @property
    def namespace(self) -> str:
        """What the namespaces of its metrics begin with."""
        return "aws/sagemaker/ModelMonitoring"

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from super().problems()
        yield one_of("format", self.format, get_args(DatasetFormat))

    def grant_read(self, grants: Grants) -> None:
        """Allow reading what was captured, and what it names."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")
        for each in self.data:
            each.grant_read(grants)

    def _source(self) -> tuple[str, dict[str, object]]:
        place = bucket_facts(self.bucket).url(self.prefix.strip("/"))
        return "BatchTransformInput", {
            "DataCapturedDestinationS3Uri": place,
            "DatasetFormat": dict(_FORMATS[self.format]),
        }
