"""Which steps come next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.conditions import Condition
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.step import Step, StepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import ConditionResult


class ConditionStep(Step):
    """Goes on with the steps ``then`` where all ``conditions`` hold, and with those of ``otherwise`` where not.

    Steps stand in one branch, or at the top of the pipeline, and once.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Condition"

    def __init__(
        self,
        name: str,
        conditions: Sequence[Condition],
        *,
        then: Sequence[Step] = (),
        otherwise: Sequence[Step] = (),
        **options: Unpack[StepOptions],
    ) -> None:
        super().__init__(name, options)
        self._conditions = [each for given in conditions for each in given.all]
        self._then = then
        self._otherwise = otherwise
        self.properties: ConditionResult = result_of_step("Condition", name)

    def arguments(self) -> Mapping[str, object]:
        """The conditions, and whole steps."""
        return {
            "Conditions": [each.document() for each in self._conditions],
            "IfSteps": [each.document() for each in self._then],
            "ElseSteps": [each.document() for each in self._otherwise],
        }

    @property
    def inside(self) -> Sequence[Step]:
        """The steps of both branches."""
        return (*self._then, *self._otherwise)
