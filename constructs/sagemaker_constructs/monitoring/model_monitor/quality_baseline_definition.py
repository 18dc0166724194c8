"""The job that makes a baseline with Model Monitor's image."""

import json
from collections.abc import Mapping
from typing import Literal, get_args

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import InvalidInput, Problem, one_of
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.model_monitor.model_monitor import CLOSED
from sagemaker_constructs.monitoring.model_monitor.quality_monitoring import ProblemType
from sagemaker_constructs.monitoring.monitor_baseline import MonitorBaseline
from sagemaker_constructs.network.vpc_placement import VpcPlacement

BaselineFormat = Literal["csv", "csv with header", "json lines"]
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "csv": {"csv": {"header": False, "output_columns_position": "START"}},
    "csv with header": {"csv": {"header": True, "output_columns_position": "START"}},
    "json lines": {"json": {"lines": True}},
}
_ROWS, _RESULTS = "baseline_dataset_input", "monitoring_output"


class QualityBaselineDefinition(ProcessingDefinition):
    """Makes the baseline of a ``ModelMonitor`` of ``rows`` with AWS's image, and leaves it at ``output``.

    For accounts that used Model Monitor before it was closed to new customers. A job at deployment
    (``ProcessingJob``), on a schedule, or a step of the pipeline that trains: ``ProcessingStep``, or
    ``QualityCheckStep`` to compare with an earlier version. ``baseline`` is what a ``DataQualityMonitoring`` or a
    ``ModelQualityMonitoring`` takes. Of CSV, columns of answers come first.

    Without ``problem``, it is a baseline of data quality. With it, of model quality: ``truth`` and ``prediction`` or
    ``probability`` are then names of columns, or their numbers in CSV without a header, and ``probability_threshold``
    is from where on the positive class is predicted.

    ``instance_type``, ``volume_gib``, ``placement``, ``max_runtime``, ``encryption_key``, ``role`` and ``tags`` are
    those of ``ProcessingDefinition``.

    Provisions: an ``AWS::IAM::Role`` unless ``role`` is given, and nothing that runs.
    Warns as ``sagemaker-constructs:closed-service``.
    Raises ``InvalidInput`` for a problem without the columns that it takes, and for what ``ProcessingDefinition``
    refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-baseline.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        rows: ProcessingInput,
        output: ProcessingOutput,
        format: BaselineFormat = "csv with header",
        problem: ProblemType | None = None,
        truth: str = "",
        prediction: str = "",
        probability: str = "",
        probability_threshold: float | None = None,
        instance_type: str = "ml.m5.xlarge",
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 30,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        columns = {
            "ground_truth_attribute": truth,
            "inference_attribute": prediction,
            "probability_attribute": probability,
            "probability_threshold_attribute": "" if probability_threshold is None else f"{probability_threshold:g}",
        }
        named = {name: value for name, value in columns.items() if value}
        found = [each for each in _problems(format, problem, columns) if each]
        if found:
            raise InvalidInput(f"{path_of(scope)}/{id}", found)
        of_model = {"analysis_type": "MODEL_QUALITY", "problem_type": problem, **named} if problem else {}
        super().__init__(
            scope,
            id,
            image=ModelImage.from_framework("model-monitor", scope="processing"),
            instance_type=instance_type,
            inputs={_ROWS: rows},
            outputs={_RESULTS: output},
            environment={
                "dataset_format": json.dumps(_FORMATS[format], separators=(",", ":")),
                "dataset_source": f"/opt/ml/processing/input/{_ROWS}",
                "output_path": f"/opt/ml/processing/output/{_RESULTS}",
                "publish_cloudwatch_metrics": "Disabled",
                **of_model,
            },
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        self.baseline: MonitorBaseline = MonitorBaseline(output.bucket, output.prefix)
        Annotations.of(self).add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")


def _problems(format: str, problem: str | None, columns: Mapping[str, str]) -> list[Problem | None]:
    names = {
        "ground_truth_attribute": "truth",
        "inference_attribute": "prediction",
        "probability_attribute": "probability",
        "probability_threshold_attribute": "probability_threshold",
    }
    found = [one_of("format", format, get_args(BaselineFormat))]
    if problem is None:
        words = "must be left out of a baseline of data quality, which has no problem, got"
        return [*found, *(Problem(names[each], f"{words}: {value!r}") for each, value in columns.items() if value)]
    found.append(one_of("problem", problem, get_args(ProblemType)))
    if not columns["ground_truth_attribute"]:
        found.append(Problem("truth", "is required with a problem"))
    if not columns["inference_attribute"] and not columns["probability_attribute"]:
        found.append(Problem("prediction", "is required with a problem, or else probability"))
    return found
