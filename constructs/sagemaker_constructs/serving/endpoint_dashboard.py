"""One page that tells how an endpoint is doing."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.serving.endpoint_base import INSTANCE_METRICS, EndpointBase
from sagemaker_constructs.serving.variant import Variant


class EndpointDashboard(Construct):
    """Per variant: traffic, latency (the model's and SageMaker's share), errors, use of the machine, instances.

    Instances are drawn against the limits of the variant's scaling. Provisions: one ``AWS::CloudWatch::Dashboard``
    (3 USD a month from the fourth on). Its name is generated.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(self, scope: Construct, id: str, *, endpoint: EndpointBase, variants: Sequence[Variant]) -> None:
        super().__init__(scope, id)
        self._endpoint = endpoint
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=Duration.hours(3),
            period_override=cloudwatch.PeriodOverride.INHERIT,
        )
        for variant in variants:
            self.dashboard.add_widgets(
                cloudwatch.TextWidget(
                    markdown=f"## {endpoint.endpoint_name} / {variant.name}\n{variant.instance_type}",
                    width=24,
                    height=2,
                )
            )
            self.dashboard.add_widgets(self._traffic(variant), self._latency(variant), self._errors(variant))
            self.dashboard.add_widgets(self._utilization(variant), self._instances(variant))

    def _traffic(self, variant: Variant) -> cloudwatch.GraphWidget:
        return _graph(
            "Invocations per minute",
            self._endpoint.metric_invocations(variant=variant.name),
            self._endpoint.metric_invocations_per_instance(variant=variant.name),
        )

    def _latency(self, variant: Variant) -> cloudwatch.GraphWidget:
        return _graph(
            "Latency in microseconds",
            *[
                metric(statistic=statistic, variant=variant.name)
                for statistic in ("p50", "p99")
                for metric in (self._endpoint.metric_model_latency, self._endpoint.metric_overhead_latency)
            ],
        )

    def _errors(self, variant: Variant) -> cloudwatch.GraphWidget:
        return _graph(
            "Errors per minute",
            self._endpoint.metric_client_errors(variant=variant.name),
            self._endpoint.metric_server_errors(variant=variant.name),
            self._endpoint.metric_model_errors(variant=variant.name),
        )

    def _utilization(self, variant: Variant) -> cloudwatch.GraphWidget:
        return _graph(
            "Use of the instances in percent",
            self._endpoint.metric_cpu_utilization(variant=variant.name),
            self._endpoint.metric_memory_utilization(variant=variant.name),
            width=12,
        )

    def _instances(self, variant: Variant) -> cloudwatch.GraphWidget:
        # SageMaker publishes no count of instances; each sends one sample of its CPU use a minute.
        count = self._endpoint.metric(
            "CPUUtilization",
            statistic="SampleCount",
            variant=variant.name,
            namespace=INSTANCE_METRICS,
        )
        return cloudwatch.GraphWidget(
            title="Instances",
            left=[count],
            left_annotations=[
                cloudwatch.HorizontalAnnotation(value=variant.instances.minimum, label="minimum"),
                cloudwatch.HorizontalAnnotation(value=variant.instances.limit, label="maximum"),
            ],
            left_y_axis=cloudwatch.YAxisProps(min=0),
            width=12,
        )


def _graph(title: str, *metrics: cloudwatch.Metric, width: int = 8) -> cloudwatch.GraphWidget:
    axis = cloudwatch.YAxisProps(min=0)
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, left_y_axis=axis)
