"""An inference component that another app owns."""

from constructs import Construct

from sagemaker_constructs.serving.components.component_base import ComponentBase
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase


class ImportedComponent(ComponentBase):
    """An existing component of this account and region, by name. Provisions nothing."""

    def __init__(self, scope: Construct, id: str, *, component_name: str, endpoint: EndpointBase) -> None:
        super().__init__(scope, id, endpoint=endpoint)
        self.component_name = component_name
