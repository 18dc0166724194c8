"""What every inference component answers to, whether this app owns it or another one does."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.serving.endpoints.endpoint_base import COMPONENT_METRICS, INVOCATION_METRICS, EndpointBase


class ComponentBase(Construct):
    """Grants and metrics of a model on a shared endpoint. Not made by itself: see ``InferenceComponent``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    component_name: str

    def __init__(self, scope: Construct, id: str, *, endpoint: EndpointBase) -> None:
        super().__init__(scope, id)
        self.endpoint = endpoint

    @property
    def component_arn(self) -> str:
        """The component's ARN."""
        return Stack.of(self).format_arn(
            service="sagemaker", resource="inference-component", resource_name=self.component_name.lower()
        )

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` invoke this component through its endpoint, with whole and with streamed responses."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.endpoint.endpoint_arn, self.component_arn],
        )

    def metric(self, name: str, *, statistic: str, namespace: str = INVOCATION_METRICS) -> cloudwatch.Metric:
        """Any metric of the component, by the minute."""
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map={"InferenceComponentName": self.component_name},
            statistic=statistic,
            period=Duration.minutes(1),
        )

    def metric_invocations(self) -> cloudwatch.Metric:
        """Requests per minute."""
        return self.metric("Invocations", statistic="Sum")

    def metric_no_capacity(self) -> cloudwatch.Metric:
        """Requests per minute that failed because no copy ran."""
        return self.metric("NoCapacityInvocationFailures", statistic="Sum")

    def metric_server_errors(self) -> cloudwatch.Metric:
        """Responses 5xx per minute."""
        return self.metric("Invocation5XXErrors", statistic="Sum")

    def metric_model_errors(self) -> cloudwatch.Metric:
        """Requests that the container did not answer with 2xx, per minute."""
        return self.metric("InvocationModelErrors", statistic="Sum")

    def metric_model_latency(self, *, statistic: str = "p99") -> cloudwatch.Metric:
        """Time spent in the container, in microseconds."""
        return self.metric("ModelLatency", statistic=statistic)

    def metric_overhead_latency(self, *, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.metric("OverheadLatency", statistic=statistic)

    def metric_cpu_utilization(self) -> cloudwatch.Metric:
        """Average CPU use of the copies, in percent of what they asked for."""
        return self.metric("CPUUtilizationNormalized", statistic="Average", namespace=COMPONENT_METRICS)

    def metric_memory_utilization(self) -> cloudwatch.Metric:
        """Average memory use of the copies, in percent of what they asked for."""
        return self.metric("MemoryUtilizationNormalized", statistic="Average", namespace=COMPONENT_METRICS)
