"""An endpoint that another app owns."""

from constructs import Construct

from sagemaker_constructs.serving.endpoint_base import EndpointBase


class ImportedEndpoint(EndpointBase):
    """An existing endpoint of this account and region, by name. Provisions nothing."""

    def __init__(self, scope: Construct, id: str, *, endpoint_name: str, default_variant: str = "AllTraffic") -> None:
        super().__init__(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)
