"""Rows of graphs: what is worth a look, by kind of endpoint."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.serving.asynchronous.async_interface import AsyncInterface
from sagemaker_constructs.serving.components.component_base import ComponentBase
from sagemaker_constructs.serving.endpoints.endpoint_base import INSTANCE_METRICS, EndpointBase
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange

_PERCENTILES = ("p50", "p99")


def heading(text: str) -> cloudwatch.TextWidget:
    """A line of Markdown over the whole width."""
    return cloudwatch.TextWidget(markdown=text, width=24, height=2)


def requests_row(endpoint: EndpointBase, variant: str) -> list[cloudwatch.GraphWidget]:
    """Traffic, latency (the model's and SageMaker's share) and errors of a variant that answers at once."""
    return [
        _graph(
            "Invocations per minute",
            endpoint.metric_invocations(variant=variant),
            endpoint.metric_invocations_per_instance(variant=variant),
        ),
        _graph(
            "Latency in microseconds",
            *[
                metric(statistic=statistic, variant=variant)
                for statistic in _PERCENTILES
                for metric in (endpoint.metric_model_latency, endpoint.metric_overhead_latency)
            ],
        ),
        _graph(
            "Errors per minute",
            endpoint.metric_client_errors(variant=variant),
            endpoint.metric_server_errors(variant=variant),
            endpoint.metric_model_errors(variant=variant),
        ),
    ]


def machines_row(endpoint: EndpointBase, variant: str, limits: CapacityRange) -> list[cloudwatch.GraphWidget]:
    """Use of the instances, and their number against the limits of scaling."""
    # SageMaker publishes no count of instances; each sends one sample of its CPU use a minute.
    count = endpoint.metric("CPUUtilization", statistic="SampleCount", variant=variant, namespace=INSTANCE_METRICS)
    return [
        _graph(
            "Use of the instances in percent",
            endpoint.metric_cpu_utilization(variant=variant),
            endpoint.metric_memory_utilization(variant=variant),
            width=12,
        ),
        _graph(
            "Instances",
            count,
            width=12,
            lines=_bounds(limits),
        ),
    ]


def queue_rows(endpoint: AsyncInterface) -> list[list[cloudwatch.GraphWidget]]:
    """Backlog, work done and time taken of an asynchronous endpoint, which has no other requests."""
    return [
        [
            _graph("Backlog", endpoint.metric_backlog(), endpoint.metric_backlog_per_instance()),
            _graph("Age of the oldest request in seconds", endpoint.metric_oldest_request()),
            _graph("Waiting without an instance", endpoint.metric_backlog_without_capacity()),
        ],
        [
            _graph(
                "Requests per minute",
                endpoint.metric("InvocationsProcessed", statistic="Sum"),
                endpoint.metric_failures(),
                endpoint.metric("ExpiredRequests", statistic="Sum"),
            ),
            _graph(
                "Time in milliseconds",
                *[
                    endpoint.metric(name, statistic=statistic)
                    for statistic in _PERCENTILES
                    for name in ("TimeInBacklog", "TotalProcessingTime")
                ],
            ),
            _graph(
                "Latency of the model in microseconds",
                *[endpoint.metric_model_latency(statistic=statistic) for statistic in _PERCENTILES],
            ),
        ],
    ]


def serverless_row(endpoint: ServerlessEndpoint) -> list[cloudwatch.GraphWidget]:
    """Memory, cold starts and use of the provisioned concurrency."""
    return [
        _graph("Memory in percent", endpoint.metric_memory_utilization()),
        _graph(
            "Cold starts in microseconds",
            *[endpoint.metric_setup_time(statistic=statistic) for statistic in _PERCENTILES],
        ),
        _graph("Used share of the provisioned concurrency", endpoint.metric_provisioned_utilization()),
    ]


def component_rows(component: ComponentBase, limits: CapacityRange | None) -> list[list[cloudwatch.GraphWidget]]:
    """Traffic, latency, errors, use and copies of an inference component."""
    # As with instances: each copy sends one sample of its CPU use a minute.
    copies = component.metric_cpu_utilization().with_(statistic="SampleCount")
    return [
        [
            _graph("Invocations per minute", component.metric_invocations()),
            _graph(
                "Latency in microseconds",
                *[
                    metric(statistic=statistic)
                    for statistic in _PERCENTILES
                    for metric in (component.metric_model_latency, component.metric_overhead_latency)
                ],
            ),
            _graph(
                "Errors per minute",
                component.metric_server_errors(),
                component.metric_model_errors(),
                component.metric_no_capacity(),
            ),
        ],
        [
            _graph(
                "Use of the copies in percent",
                component.metric_cpu_utilization(),
                component.metric_memory_utilization(),
                width=12,
            ),
            _graph("Copies", copies, width=12, lines=_bounds(limits) if limits else ()),
        ],
    ]


def _bounds(limits: CapacityRange) -> list[cloudwatch.HorizontalAnnotation]:
    return [
        cloudwatch.HorizontalAnnotation(value=limits.minimum, label="minimum"),
        cloudwatch.HorizontalAnnotation(value=limits.limit, label="maximum"),
    ]


def _graph(
    title: str,
    *metrics: cloudwatch.IMetric,
    width: int = 8,
    lines: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_annotations=list(lines) or None,
        left_y_axis=cloudwatch.YAxisProps(min=0),
        width=width,
    )
