"""Bias or explainability, against a baseline."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Unpack

from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.checks.check_step import CheckedBaseline, CheckStep
from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import ClarifyCheckResult


class ClarifyCheckStep(CheckStep):
    """Runs Clarify's image, and compares what it finds with an earlier baseline.

    ``processing`` runs Clarify's image, with its analysis configuration as an input. ``model`` is the name of the
    model that it asks, for MODEL_BIAS and MODEL_EXPLAINABILITY. ``baseline`` is what to compare with.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "ClarifyCheck"

    def __init__(
        self,
        name: str,
        processing: ProcessingDefinition,
        check: Literal["DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"],
        *,
        model: Text | None = None,
        baseline: CheckedBaseline | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, processing, check, baseline, changes, **options)
        self._model = model
        self.properties: ClarifyCheckResult = result_of_step("ClarifyCheck", name)

    def more(self) -> Mapping[str, object]:
        """The kind of check, its baseline and the model."""
        return {**super().more(), **({"ModelName": self._model} if self._model is not None else {})}
