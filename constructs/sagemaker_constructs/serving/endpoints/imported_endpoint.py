"""An endpoint that another app owns."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase


class ImportedEndpoint(EndpointBase):
    """An existing endpoint of this account and region, by name. Provisions nothing."""

    def __init__(self, scope: Construct, id: str, *, endpoint_name: str, default_variant: str = "AllTraffic") -> None:
        super().__init__(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)

    def grant_invoke_models(self, grantee: iam.IGrantable, *models: str) -> iam.Grant:
        """Let ``grantee`` invoke only those of many models whose names match ``models``, such as ``acme/*``.

        Raises ``InvalidInput`` where none is named.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoint-security.html
        """
        return self._grant_models(grantee, models)
