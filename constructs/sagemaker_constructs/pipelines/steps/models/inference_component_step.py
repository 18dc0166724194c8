"""An inference component as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.call_step import CallStep
from sagemaker_constructs.pipelines.steps.step import StepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import InferenceComponentResult


class InferenceComponentStep(CallStep):
    """Makes an inference component by the CreateInferenceComponent ``request``, its name included.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html
    """

    type: ClassVar[str] = "InferenceComponent"

    def __init__(self, name: str, request: Mapping[str, object], **options: Unpack[StepOptions]) -> None:
        super().__init__(name, request, options)
        self.properties: InferenceComponentResult = result_of_step("InferenceComponent", name)
