"""What every endpoint answers to, whether this app owns it or another one does."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    CLIENT_ERRORS,
    CPU,
    DISK,
    GPU,
    INVOCATIONS,
    INVOCATIONS_PER_INSTANCE,
    MEMORY,
    MODEL_ERRORS,
    MODEL_LATENCY,
    OVERHEAD_LATENCY,
    SERVER_ERRORS,
)


class EndpointBase(BaseConstruct):
    """Grants and metrics of a SageMaker endpoint.

    Metrics are those of one variant; ``variant`` defaults to the endpoint's first. ``endpoint_name`` defaults
    to one derived from the construct path, in lower case as SageMaker writes it in ARNs.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """

    asynchronous: ClassVar[bool] = False
    """Whether answers are objects in Amazon S3, for which no caller waits."""

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
        self.endpoint_arn: str = self.location.arn("sagemaker", "endpoint", name=name.lower())
        self.log_group_name: str = f"/aws/sagemaker/Endpoints/{name}"
        self._default_variant = default_variant

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` invoke this endpoint, with whole and with streamed responses."""
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            resource_arns=[self.endpoint_arn],
        )

    @property
    def watched_name(self) -> str:
        """The endpoint's name."""
        return self.endpoint_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """Alarms that the endpoint has already."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """What else should wake somebody: nothing, where only the name is known."""
        del thresholds
        yield from ()

    def dashboard_sections(self) -> Iterator[Section]:
        """What is worth a look."""
        yield from ()

    def measurement(self, measured: Measured, variant: str | None = None) -> Measurement:
        """A metric of a variant, for alarms and dashboards."""
        names = {"EndpointName": self.endpoint_name, "VariantName": variant or self._default_variant}
        return Measurement(measured, names)

    def measurement_of_endpoint(self, measured: Measured) -> Measurement:
        """A metric of the endpoint as a whole, for alarms and dashboards."""
        return Measurement(measured, {"EndpointName": self.endpoint_name})

    def metric(
        self,
        name: str,
        *,
        statistic: str,
        variant: str | None = None,
        period: Duration | None = None,
        namespace: str = "AWS/SageMaker",
    ) -> cloudwatch.Metric:
        """Any metric of a variant; ``period`` defaults to one minute."""
        return self.measurement(Measured(name, statistic, namespace), variant).metric(period)

    def metric_of_endpoint(self, name: str, *, statistic: str) -> cloudwatch.Metric:
        """Any metric that SageMaker publishes for the endpoint as a whole, by the minute."""
        return self.measurement_of_endpoint(Measured(name, statistic)).metric()

    def metric_invocations(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests sent to the variant, per minute."""
        return self.measurement(INVOCATIONS, variant).metric()

    def metric_invocations_per_instance(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests per instance and minute: what ``scale_on_invocations`` tracks."""
        return self.measurement(INVOCATIONS_PER_INSTANCE, variant).metric()

    def metric_client_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Responses 4xx per minute."""
        return self.measurement(CLIENT_ERRORS, variant).metric()

    def metric_server_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Responses 5xx per minute."""
        return self.measurement(SERVER_ERRORS, variant).metric()

    def metric_model_errors(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Requests that the container did not answer with 2xx, per minute."""
        return self.measurement(MODEL_ERRORS, variant).metric()

    def metric_model_latency(self, *, statistic: str = "p99", variant: str | None = None) -> cloudwatch.Metric:
        """Time spent in the container, in microseconds."""
        return self.measurement(MODEL_LATENCY, variant).with_statistic(statistic).metric()

    def metric_overhead_latency(self, *, statistic: str = "p99", variant: str | None = None) -> cloudwatch.Metric:
        """Time that SageMaker adds to the container's, in microseconds."""
        return self.measurement(OVERHEAD_LATENCY, variant).with_statistic(statistic).metric()

    def metric_cpu_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average CPU use of the variant's containers, in percent of one core (0 to 100 times the cores)."""
        return self.measurement(CPU, variant).metric()

    def metric_gpu_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average GPU use of the variant's containers, in percent of one device (0 to 100 times the devices)."""
        return self.measurement(GPU, variant).metric()

    def metric_disk_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average use of the instances' disks, in percent."""
        return self.measurement(DISK, variant).metric()

    def metric_memory_utilization(self, *, variant: str | None = None) -> cloudwatch.Metric:
        """Average memory use of the variant's containers, in percent."""
        return self.measurement(MEMORY, variant).metric()

    def _grant_models(self, grantee: iam.IGrantable, models: Sequence[str]) -> iam.Grant:
        reject(self, [None if models else Problem("models", "must name at least one model or pattern, got: none")])
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=["sagemaker:InvokeEndpoint"],
            resource_arns=[self.endpoint_arn],
            conditions={"StringLike": {"sagemaker:TargetModel": list(models)}},
        )
