"""An endpoint that another app owns."""

from collections.abc import Iterator, Mapping

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_watch import Measure, machines_row, requests_row
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange


class ImportedEndpoint(EndpointBase):
    """An existing endpoint of this account and region, by name. Provisions nothing.

    ``variants`` are the limits of its variants' scaling, by name, which a dashboard draws (default: one variant,
    without limits).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        default_variant: str = "AllTraffic",
        variants: Mapping[str, InstanceRange | None] | None = None,
    ) -> None:
        super().__init__(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)
        self._variants = dict(variants or {default_variant: None})

    def dashboard_sections(self) -> Iterator[Section]:
        """Requests and instances of each variant."""
        for name, limits in self._variants.items():
            measure = self._measure(name)
            yield Section(f"{self.endpoint_name} / {name}", [requests_row(measure), machines_row(measure, limits)])

    def _measure(self, variant: str) -> Measure:
        return lambda measured: self.measurement(measured, variant)

    def grant_invoke_models(self, grantee: iam.IGrantable, *models: str) -> iam.Grant:
        """Let ``grantee`` invoke only those of many models whose names match ``models``, such as ``acme/*``.

        Raises ``InvalidInput`` where none is named.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoint-security.html
        """
        return self._grant_models(grantee, models)
