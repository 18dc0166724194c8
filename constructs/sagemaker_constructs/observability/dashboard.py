"""One page that tells how an endpoint is doing."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.observability.dashboard_rows import (
    component_rows,
    heading,
    machines_row,
    queue_rows,
    requests_row,
    serverless_row,
)
from sagemaker_constructs.serving.asynchronous.async_interface import AsyncInterface
from sagemaker_constructs.serving.components.component_base import ComponentBase
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.variants.variant import Variant


class EndpointDashboard(Construct):
    """Traffic, latency (the model's and SageMaker's share), errors, use of the machine, capacity against its limits.

    The rows follow from the kind of ``endpoint``: the queue of an asynchronous one, cold starts of a serverless one,
    and one section per variant. ``variants`` names those of an imported endpoint; one of this app brings its own
    and its shadow. ``components`` adds a section for each model on a shared endpoint.

    Provisions: one ``AWS::CloudWatch::Dashboard`` (3 USD a month from the fourth on). Its name is generated.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: EndpointBase,
        variants: Sequence[Variant] = (),
        components: Sequence[ComponentBase] = (),
    ) -> None:
        super().__init__(scope, id)
        self._endpoint = endpoint
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=Duration.hours(3),
            period_override=cloudwatch.PeriodOverride.INHERIT,
        )
        if isinstance(endpoint, AsyncInterface):
            self._section(endpoint.endpoint_name, *queue_rows(endpoint))
        elif isinstance(endpoint, ServerlessEndpoint):
            row = requests_row(endpoint, endpoint.variant_name)
            self._section(f"{endpoint.endpoint_name}\nserverless", row, serverless_row(endpoint))
        elif isinstance(endpoint, SharedEndpoint):
            row = machines_row(endpoint, endpoint.variant_name, endpoint.instances)
            self._section(f"{endpoint.endpoint_name}\n{endpoint.instance_type}, shared", row)
        own = (*endpoint.variants, *endpoint.shadow) if isinstance(endpoint, InstanceEndpoint) else ()
        for variant in variants or own:
            self._variant(variant)
        for component in components:
            limits = component.copies if isinstance(component, InferenceComponent) else None
            self._section(component.component_name, *component_rows(component, limits))

    def _variant(self, variant: Variant) -> None:
        rows = [machines_row(self._endpoint, variant.name, variant.instances)]
        if not isinstance(self._endpoint, AsyncInterface):
            rows.insert(0, requests_row(self._endpoint, variant.name))
        self._section(f"{self._endpoint.endpoint_name} / {variant.name}\n{variant.instance_type}", *rows)

    def _section(self, title: str, *rows: Sequence[cloudwatch.GraphWidget]) -> None:
        self.dashboard.add_widgets(heading(f"## {title}"))
        for row in rows:
            self.dashboard.add_widgets(*row)
