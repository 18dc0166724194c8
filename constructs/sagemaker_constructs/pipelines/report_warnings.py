"""Where a step reads from a report what is not in it."""

from collections.abc import Iterator, Mapping, Sequence

from sagemaker_constructs.core.pipeline_definitions.expressions import entries_of, functions, members_of
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading
from sagemaker_constructs.core.spelling import nearest_to

METRICS: Mapping[str, Sequence[str]] = {
    "binary_classification_metrics": (
        *("recall", "precision", "accuracy", "true_positive_rate", "true_negative_rate", "false_positive_rate"),
        *("false_negative_rate", "auc", "f0_5", "f1", "f2"),
    ),
    "multiclass_classification_metrics": (
        *("accuracy", "weighted_recall", "weighted_precision", "weighted_f0_5", "weighted_f1", "weighted_f2"),
    ),
    "regression_metrics": ("mae", "mse", "rmse", "r2"),
}
"""Numbers that ``evaluate`` of the library's images writes, in the form of SageMaker's model quality monitor."""
_OTHERS = ("confusion_matrix", "receiver_operating_characteristic_curve")
_VALUES = ("value", "standard_deviation")
_EVALUATE = ["process", "evaluate"]


def report_warnings(reading: PipelineReading) -> Iterator[str]:
    """For each path into a property file, why there is no number.

    Judged are paths that end at a metric, whose number is its ``value``, and whatever is read from a report of the
    library's images.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
    """
    for step in reading.steps:
        for _, given in functions(step.own_document, "Std:JsonGet"):
            path = given.get("Path")
            if not isinstance(path, str):
                continue
            root, *more = path.split(".")
            place = str(members_of(given.get("PropertyFile")).get("Get", "")).split(".")
            source = reading.by_name.get(place[1]) if len(place) > 1 else None
            if len(more) == 1 and more[0] in METRICS.get(root, ()):
                yield f"{step.name} reads {path}, which is no number: its number is {path}.value"
            elif source and _is_of_the_library(source) and not _is_written(root, more):
                near = nearest_to(path, [f"{kind}.{name}.value" for kind, names in METRICS.items() for name in names])
                hint = f"; did you mean {near[0]}?" if near else ""
                yield f"{step.name} reads {path}, which evaluate in {source.name} does not write{hint}"


def _is_of_the_library(source: StepReading) -> bool:
    arguments = members_of(source.arguments.get("AppSpecification")).get("ContainerArguments")
    return [*entries_of(arguments)][:2] == _EVALUATE


def _is_written(root: str, more: Sequence[str]) -> bool:
    if root not in METRICS or not more:
        return False
    if more[0] in METRICS[root]:
        return len(more) == 2 and more[1] in _VALUES
    return more[0].startswith(_OTHERS)
