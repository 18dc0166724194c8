"""What every endpoint answers to, whether this app owns it or another one does."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject

INVOCATION_METRICS = "AWS/SageMaker"
INSTANCE_METRICS = "/aws/sagemaker/Endpoints"
COMPONENT_METRICS = "/aws/sagemaker/InferenceComponents"


class EndpointBase(Construct):
    """Grants and metrics of a SageMaker endpoint.

    Metrics are those of one variant; ``variant`` defaults to the endpoint's first. ``endpoint_name`` defaults
    to one derived from the construct path, in lower case as SageMaker writes it in ARNs.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    def __init__(self, scope: Construct, id: str, *, default_variant: str, endpoint_name: str | None = None) -> None:
        super().__init__(scope, id)
        name = endpoint_name or physical_name(self, 63)
        reject(
            self,
            [
                matches(
                    "endpoint_name",
                    name,
                    r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
                    "1 to 63 letters, digits and hyphens",
                )
            ],
        )
        self.endpoint_name = name
        self.endpoint_arn = Stack.of(self).format_arn(
            service="sagemaker", resource="endpoint", resource_name=name.lower()
        )
        self.log_group_name = f"/aws/sagemaker/Endpoints/{name}"
        self._default_variant = default_variant

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` invoke this endpoint, with whole and with streamed responses."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.endpoint_arn],
        )

    def metric(
        self,
        name: str,
        *,
        statistic: str,
        variant: str | None = None,
        period: Duration | None = None,
        namespace: str = INVOCATION_METRICS,
    ) -> cloudwatch.Metric:
        """Any metric of a variant; ``period`` defaults to one minute."""
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map={
                "EndpointName": self.endpoint_name,
                "VariantName": variant or self._default_variant,
            },
            statistic=statistic,
            period=period or Duration.minutes(1),
        )

    def metric_of_endpoint(self, name: str, *, statistic: str) -> cloudwatch.Metric:
        """Any metric that SageMaker publishes for the endpoint as a whole, by the minute."""
        return cloudwatch.Metric(
            namespace=INVOCATION_METRICS,
            metric_name=name,
            dimensions_map={"EndpointName": self.endpoint_name},
            statistic=statistic,
            period=Duration.minutes(1),
        )

    def metric_invocations(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests sent to the variant, per minute."""
        return self.metric("Invocations", statistic="Sum", variant=variant)

    def metric_invocations_per_instance(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests per instance and minute: what ``scale_on_invocations`` tracks."""
        return self.metric("InvocationsPerInstance", statistic="Sum", variant=variant)

    def metric_client_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Responses 4xx per minute."""
        return self.metric("Invocation4XXErrors", statistic="Sum", variant=variant)

    def metric_server_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Responses 5xx per minute."""
        return self.metric("Invocation5XXErrors", statistic="Sum", variant=variant)

    def metric_model_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests that the container did not answer with 2xx, per minute."""
        return self.metric("InvocationModelErrors", statistic="Sum", variant=variant)

    def metric_model_latency(self, *, statistic: str = "p99", variant: str | None = None) -> cloudwatch.Metric:
        """Time spent in the container, in microseconds."""
        return self.metric("ModelLatency", statistic=statistic, variant=variant)

    def metric_overhead_latency(self, *, statistic: str = "p99", variant: str | None = None) -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.metric("OverheadLatency", statistic=statistic, variant=variant)

    def metric_cpu_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average CPU use of the variant's containers, in percent of one core (0 to 100 times the cores)."""
        return self.metric("CPUUtilization", statistic="Average", variant=variant, namespace=INSTANCE_METRICS)

    def metric_gpu_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average GPU use of the variant's containers, in percent of one device (0 to 100 times the devices)."""
        return self.metric("GPUUtilization", statistic="Average", variant=variant, namespace=INSTANCE_METRICS)

    def metric_disk_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average use of the instances' disks, in percent."""
        return self.metric("DiskUtilization", statistic="Average", variant=variant, namespace=INSTANCE_METRICS)

    def metric_memory_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average memory use of the variant's containers, in percent."""
        return self.metric("MemoryUtilization", statistic="Average", variant=variant, namespace=INSTANCE_METRICS)

    def _grant_models(self, grantee: iam.IGrantable, models: Sequence[str]) -> iam.Grant:
        reject(self, [None if models else Problem("models", "must name at least one model or pattern, got: none")])
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint"],
            resource_arns=[self.endpoint_arn],
            conditions={"StringLike": {"sagemaker:TargetModel": list(models)}},
        )
