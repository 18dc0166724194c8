"""An endpoint configuration as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.call_step import CallStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import EndpointConfigResult


class EndpointConfigStep(CallStep):
    """Makes an endpoint configuration by the CreateEndpointConfig ``request``, its name included.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    """

    type: ClassVar[str] = "EndpointConfig"

    def __init__(self, name: str, request: Mapping[str, object], **options: Unpack[JobStepOptions]) -> None:
        super().__init__(name, request, options)
        self.properties: EndpointConfigResult = result_of_step("EndpointConfig", name)
