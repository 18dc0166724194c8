"""The end of an execution that must not go on."""

from collections.abc import Mapping
from typing import ClassVar, Unpack

from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.step import Step, StepOptions


class FailStep(Step):
    """Ends the execution as failed, with ``message``, mostly in a branch of a condition.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Fail"

    def __init__(self, name: str, *, message: Text, **options: Unpack[StepOptions]) -> None:
        super().__init__(name, options)
        self._message = message

    def arguments(self) -> Mapping[str, object]:
        """The message."""
        return {"ErrorMessage": self._message}
