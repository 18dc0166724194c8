"""Quality of data or of a model, against a baseline."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Unpack

from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.checks.check_step import CheckedBaseline, CheckStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import QualityCheckResult


class QualityCheckStep(CheckStep):
    """Makes a baseline of statistics and constraints with Model Monitor's image, and compares it with an earlier one.

    ``processing`` runs Model Monitor's image with the variables that it reads. ``baseline`` is what to compare with.
    Model Monitor is closed to new customers; drift of your own data is a ``ProcessingStep`` with ``drift``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "QualityCheck"

    def __init__(
        self,
        name: str,
        processing: ProcessingDefinition,
        check: Literal["DATA_QUALITY", "MODEL_QUALITY"],
        *,
        baseline: CheckedBaseline | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, processing, check, baseline, changes, **options)
        self.properties: QualityCheckResult = result_of_step("QualityCheck", name)
