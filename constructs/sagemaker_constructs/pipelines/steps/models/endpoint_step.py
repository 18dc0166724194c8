"""An endpoint as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.call_step import CallStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import EndpointResult


class EndpointStep(CallStep):
    """Makes an endpoint by the CreateEndpoint ``request``, its name included, and waits until it is in service.

    No stack owns that endpoint: it stays until somebody deletes it. Deploy with the endpoints of
    ``sagemaker_constructs.serving`` what is to be managed, updated and rolled back.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html
    """

    type: ClassVar[str] = "Endpoint"

    def __init__(self, name: str, request: Mapping[str, object], **options: Unpack[JobStepOptions]) -> None:
        super().__init__(name, request, options)
        self.properties: EndpointResult = result_of_step("Endpoint", name)
