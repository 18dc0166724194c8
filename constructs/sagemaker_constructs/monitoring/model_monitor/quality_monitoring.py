"""Quality of data and of models, checked by Model Monitor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, one_of, within
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.model_monitor.monitoring_check import MonitoringCheck
from sagemaker_constructs.monitoring.own_script import OwnScript
from sagemaker_constructs.storage.object_access import bucket_facts

ProblemType = Literal["BinaryClassification", "MulticlassClassification", "Regression"]
_PREPROCESS, _POSTPROCESS = "preprocess_handler", "postprocess_handler"


@dataclass(frozen=True, kw_only=True)
class _QualityMonitoring(MonitoringCheck):
    """``preprocessor`` and ``postprocessor`` are files of Python, whose functions AWS's container calls with each
    record and at the end.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
    """

    preprocessor: str = ""
    postprocessor: str = ""

    @property
    def for_aws(self) -> Sequence[str]:
        """The scripts, which AWS's container alone calls."""
        return [name for name in ("preprocessor", "postprocessor") if getattr(self, name)]

    def image(self) -> ModelImage:
        """Model Monitor's analyzer."""
        return ModelImage.from_framework("model-monitor", scope="processing")

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, or could not find."""
        yield from super().problems()
        yield from within("preprocessor", OwnScript(self.preprocessor, _PREPROCESS).problems())
        yield from within("postprocessor", OwnScript(self.postprocessor, _POSTPROCESS).problems())

    def specification(self, scope: Construct, grants: Grants, *, endpoint_prefix: str) -> dict[str, object]:
        """The scripts."""
        del endpoint_prefix
        return {
            "RecordPreprocessorSourceUri": OwnScript(self.preprocessor, _PREPROCESS).asset(
                scope, "Preprocessor", grants
            ),
            "PostAnalyticsProcessorSourceUri": OwnScript(self.postprocessor, _POSTPROCESS).asset(
                scope, "Postprocessor", grants
            ),
        }


@dataclass(frozen=True, kw_only=True)
class DataQualityMonitoring(_QualityMonitoring):
    """Checks types, completeness, distributions and columns of captured rows, as ``MonitoringCheck`` says.

    ``preprocessor`` and ``postprocessor`` are files of Python with ``preprocess_handler`` and
    ``postprocess_handler``, which AWS's container calls with each record, and at the end.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
    """

    type: ClassVar[str] = "DataQuality"
    metrics: ClassVar[str] = "data-metrics"
    words: ClassVar[str] = "the quality of data"
    analysis_type: ClassVar[str] = "DATA_QUALITY"


@dataclass(frozen=True, kw_only=True)
class ModelQualityMonitoring(_QualityMonitoring):
    """Compares predictions with the ``truth`` that was collected later, and quality with that of the baseline.

    ``truth`` are JSON lines below folders of the hour of collection. ``problem`` is what the model answers. Where
    predictions are says the monitor's input. Each execution is two jobs, the first of which merges truth and
    predictions. ``preprocessor`` and ``postprocessor`` are those of ``DataQualityMonitoring``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
    """

    problem: ProblemType
    truth: ProcessingInput

    type: ClassVar[str] = "ModelQuality"
    metrics: ClassVar[str] = "model-metrics"
    words: ClassVar[str] = "the quality of the model"
    analysis_type: ClassVar[str] = "MODEL_QUALITY"

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, or could not find."""
        yield from super().problems()
        yield one_of("problem", self.problem, get_args(ProblemType))

    def grant(self, grants: Grants) -> None:
        """Allow reading what it compares with, and merging it."""
        super().grant(grants)
        self.truth.grant_read(grants)

    def specification(self, scope: Construct, grants: Grants, *, endpoint_prefix: str) -> dict[str, object]:
        """The kind of problem and the scripts."""
        given = super().specification(scope, grants, endpoint_prefix=endpoint_prefix)
        return {**given, "ProblemType": self.problem}

    def more_input(self) -> dict[str, object]:
        """Where the truth lies."""
        return truth_input(self.truth)


def truth_input(truth: ProcessingInput) -> dict[str, object]:
    """The member ``GroundTruthS3Input`` of a job's input."""
    return {"GroundTruthS3Input": {"S3Uri": bucket_facts(truth.bucket).url(truth.prefix.strip("/"))}}
