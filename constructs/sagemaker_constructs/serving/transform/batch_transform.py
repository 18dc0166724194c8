"""Scoring of whole data sets, defined once and run whenever it is due."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, one_of, reject, within
from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.transform_arrivals import TransformArrivals
from sagemaker_constructs.serving.transform.transform_failures import TransformFailures
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_processing import TransformProcessing
from sagemaker_constructs.serving.transform.transform_requests import TransformRequests
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn
from sagemaker_constructs.storage.volume_encryption import grant_volumes

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as stepfunctions


class BatchTransform(JobDefinition):
    """A transform job that is due later: by the clock, on new data, or as a step of a state machine.

    ``TransformJob`` runs the same definition when its stack is deployed. The job runs as ``model``'s role,
    which gets the right to read ``input`` and write ``output``. Results and instance volumes are encrypted
    with ``encryption_key``; types with local NVMe disks encrypt those themselves and refuse a key.
    ``environment`` adds to the model's own variables.

    Provisions: nothing by itself; ``schedule`` and ``on_new_data`` add what they name.
    Raises ``InvalidInput`` for what CreateTransformJob refuses: unknown instance types, more than 100
    instances, more than 16 variables or 50 tags, requests over 100 MB in all, a strategy for input that is not
    split, filters for other types than CSV and JSON; and for an output within the input, which the next run
    would read.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """

    kind: ClassVar[str] = "TransformJob"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Model,
        input: TransformInput,
        output: TransformOutput,
        instance_type: str,
        encryption_key: kms.IKey | None = None,
        instance_count: int = 1,
        processing: TransformProcessing | None = None,
        requests: TransformRequests | None = None,
        environment: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        asked = requests or TransformRequests()
        variables = dict(environment or {})
        reject(
            self,
            [
                one_of("instance_type", instance_type, enum_values("TransformInstanceType")),
                in_range("instance_count", instance_count, 1, 100),
                no_more_than("tags", list(tags or {}), 50),
                *within("input", input.problems()),
                *within("output", output.problems()),
                *within("requests", asked.problems(input.split)),
                *(within("processing", processing.problems(input, output)) if processing else []),
                *_environment_problems(variables),
                _overlap(input, output),
            ],
        )
        self.model = model
        self.input = input
        self.output: TransformOutput = output
        self.encryption_key: kms.IKey = encryption_key or EncryptionKey.of(self)
        grants = Grants()
        input.grant_read(grants)
        output.grant_write(grants, self.encryption_key)
        resources: dict[str, object] = {"InstanceType": instance_type, "InstanceCount": instance_count}
        self.volume_key: kms.IKey | None = None if has_local_storage(instance_type) else self.encryption_key
        if self.volume_key:
            resources["VolumeKmsKeyId"] = key_arn(self.volume_key)
            grant_volumes(self.volume_key, grants)
        # The job runs as its model's role, whose rights to these objects are this construct's to give.
        self._access = model.execution_role.allow(self, "Access", grants)
        request: dict[str, object] = {
            "ModelName": model.model_name,
            "TransformInput": input.properties(),
            "TransformOutput": output.properties(content_type=input.content_type, encryption_key=self.encryption_key),
            "TransformResources": resources,
            "DataProcessing": processing.properties() if processing else {},
            "Environment": variables,
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            **asked.properties(),
        }
        self.request: Mapping[str, object] = without_empty(request)

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """The model's role."""
        return self.model.execution_role

    @property
    def ready(self) -> Sequence[IDependable]:
        """The model's role with its rights to input and output."""
        return (*super().ready, *self._access)

    def as_state(self, id: str, *, input_url: str | None = None) -> "stepfunctions.CustomState":
        """A task that runs the job and waits for it; give the state machine's role ``grant_run``.

        ``input_url`` is a JSONPath or intrinsic function that gives another S3 URL than the input's own; what
        it names has to lie below the input's prefix.
        """
        return self._state(self, id, self._other_input(input_url) if input_url else {})

    def on_new_data(self, id: str) -> TransformArrivals:
        """Run for each object that arrives below the input's prefix, with that object as the input.

        Raises ``InvalidInput`` for an input with a manifest.
        """
        manifest = Problem("", "on_new_data needs an input without a manifest")
        reject(self, [manifest] if self.input.manifest else [])
        url = "States.Format('s3://{}/{}', $.detail.bucket.name, $.detail.object.key)"
        return TransformArrivals(
            self,
            id,
            bucket=self.input.bucket,
            prefix=self.input.folder,
            state=lambda scope: self._state(scope, "Transform", self._other_input(url)),
            grant_run=self.grant_run,
        )

    def on_failure(self, id: str, *, topic: sns.ITopic) -> TransformFailures:
        """Tell ``topic`` of each job that fails, however it was started."""
        return TransformFailures(self, id, model=self.model, topic=topic)

    @property
    def inference_option(self) -> InferenceOption:
        """How the model serves."""
        return InferenceOption.BATCH

    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload as it is."""
        return workload

    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """Nothing: SageMaker's limits alone count."""
        del workload
        yield from ()

    def _other_input(self, url: str) -> dict[str, object]:
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": url}}
        return {"TransformInput": {**self.input.properties(), "DataSource": source}}


def _environment_problems(variables: Mapping[str, str]) -> Iterator[Problem | None]:
    yield no_more_than("environment", list(variables), 16)
    for name, value in variables.items():
        yield matches("environment", name, r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}", "named with letters, digits and _")
        if not is_token(value) and len(value) > 10_240:
            yield Problem("environment", f"{name} may have at most 10240 characters, got: {len(value)}")


def _overlap(given: TransformInput, output: TransformOutput) -> Problem | None:
    if given.bucket.bucket_arn != output.bucket.bucket_arn or not f"{output.folder}/".startswith(given.folder):
        return None
    return Problem("output.prefix", f"must lie outside input.prefix, got: {output.prefix!r} within {given.prefix!r}")
