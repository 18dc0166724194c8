"""An endpoint without instances."""

from collections.abc import Iterator
from dataclasses import replace

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_control
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, RetainedLogs, retention_problem
from sagemaker_constructs.serving.endpoints.autoscaled_endpoint import AutoscaledEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from sagemaker_constructs.serving.endpoints.endpoint_metrics import MEMORY, PROVISIONED_UTILIZATION, SETUP_TIME
from sagemaker_constructs.serving.endpoints.endpoint_watch import PERCENTILES, error_rules, requests_row, use_rule
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget

_ARGUMENTS = {
    "ProductionVariants": "",
    "ModelName": "model",
    "ServerlessConfig": "",
    "ProvisionedConcurrency": "provisioned",
}


class ServerlessEndpoint(AutoscaledEndpoint):
    """One model that is paid per request; the first request after a pause waits for a container.

    ``memory_mb``: 1024 to 6144 in steps of 1024, CPU in proportion. ``maximum_concurrency``: requests at one
    time, 1 to 200; more are throttled. ``provisioned`` keeps containers warm for some of them.

    SageMaker refuses models in a VPC, in network isolation (say ``network_isolation=False``), of the Marketplace,
    with several containers or with many models, and supports no GPU, data capture, shadow or rollout here. Requests
    and responses may have 4 MB, and take 60 seconds.

    The container's logs are kept for ``log_retention_days`` (default: one year).

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, ``RetainedLogs``, and what the
    ``scale_…`` methods add.
    Raises ``InvalidInput`` for such models, and for numbers outside these limits.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Model,
        memory_mb: int = 2048,
        maximum_concurrency: int = 20,
        provisioned: ProvisionedConcurrency | None = None,
        variant_name: str = "AllTraffic",
        log_retention_days: int = ONE_YEAR,
    ) -> None:
        super().__init__(scope, id, default_variant=variant_name)
        serverless: dict[str, object] = {"memorySizeInMb": memory_mb, "maxConcurrency": maximum_concurrency}
        if provisioned:
            serverless["provisionedConcurrency"] = provisioned.minimum
        variant: dict[str, object] = {
            "variantName": variant_name,
            "modelName": model.model_name,
            "initialVariantWeight": 1,
            "serverlessConfig": serverless,
        }
        reject(
            self,
            [
                *_problems(memory_mb, maximum_concurrency, provisioned, variant_name),
                *rule_problems(
                    "CreateEndpointConfig",
                    {"production_variants": [variant]},
                    names=_ARGUMENTS,
                    known={"Model": {model.model_name: model.request}},
                ),
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        self.model = model
        self.variant_name = variant_name
        self.maximum_concurrency = maximum_concurrency
        self.provisioned = provisioned
        self._scaling: ScalingTarget | None = None
        self.configuration: sagemaker.CfnEndpointConfig = sagemaker.CfnEndpointConfig(
            self, "Configuration", production_variants=[variant]
        )
        self._resource = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_name=self.endpoint_name,
            endpoint_config_name=self.configuration.attr_endpoint_config_name,
        )
        acknowledge_control(
            self.configuration,
            "SageMakerEndpointConfigurationKMSKeyConfigured",
            reason="The key is for instance volumes, and there are no instances.",
        )
        RetainedLogs(self, "Logs", group=self.log_group_name, days=log_retention_days)

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, default_variant: str = "AllTraffic"
    ) -> EndpointBase:
        """An endpoint that exists already, with the same grants and metrics."""
        return ImportedEndpoint(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)

    def scale_on_utilization(self, *, percent: float = 70, pace: ScalingPace | None = None) -> None:
        """Keep the used share of the provisioned concurrency near ``percent``.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-autoscale.html
        """
        reject(self, [in_range("percent", percent, 1, 100)])
        self.scaling().track_predefined(
            "OnUtilization",
            "SageMakerVariantProvisionedConcurrencyUtilization",
            name="percent",
            target=percent / 100,
            pace=pace,
        )

    def scale_on_schedule(
        self, id: str, *, schedule: str | ScheduleLike, concurrency: ProvisionedConcurrency, time_zone: str = "UTC"
    ) -> None:
        """Set the bounds of the provisioned concurrency at the times of ``schedule``: ``cron(0 8 ? * MON-FRI *)``,
        ``rate(…)``, ``at(…)`` or a CDK schedule.

        The bounds stay until the next schedule sets others. ``time_zone`` is an IANA name.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-autoscale.html
        """
        reject(self, within("concurrency", [concurrency.excess(self.maximum_concurrency)]))
        self.scaling().on_schedule(id, schedule=schedule, capacity=concurrency, time_zone=time_zone)

    def scaling(self, variant: str | None = None) -> ScalingTarget:
        """The scalable target of the provisioned concurrency, made when it is first asked for."""
        reject(
            self,
            [
                None
                if variant in (None, self._default_variant)
                else Problem("variant", f"must be left out, got: {variant!r}"),
                None if self.provisioned else Problem("", "provisioned concurrency is what scales here, got: none"),
            ],
        )
        if self._scaling is None:
            self._scaling = ScalingTarget(
                self,
                f"{self._default_variant}Scaling",
                resource_id=f"endpoint/{self._resource.attr_endpoint_name}/variant/{self._default_variant}",
                dimension="sagemaker:variant:DesiredProvisionedConcurrency",
                capacity=self.provisioned or ProvisionedConcurrency(1),
            )
        return self._scaling

    def metric_setup_time(self, *, statistic: str = "p99") -> cloudwatch.Metric:
        """Time that starting a container took, in microseconds: one value per cold start."""
        return self.measurement(SETUP_TIME).with_statistic(statistic).metric()

    def metric_provisioned_utilization(self) -> cloudwatch.Metric:
        """Used share of the provisioned concurrency, 0 to 1."""
        return self.measurement(PROVISIONED_UTILIZATION).metric()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Responses 5xx, errors of the model, and memory."""
        yield from error_rules(self.measurement, thresholds)
        yield use_rule("Memory", "memory", self.measurement(MEMORY), thresholds.memory_percent)

    def dashboard_sections(self) -> Iterator[Section]:
        """Requests, memory, cold starts and use of the provisioned concurrency."""
        cold = [self.measurement(SETUP_TIME).with_statistic(statistic) for statistic in PERCENTILES]
        own = [
            Graph("Memory in percent", [self.measurement(MEMORY)]),
            Graph("Cold starts in microseconds", cold),
            Graph("Used share of the provisioned concurrency", [self.measurement(PROVISIONED_UTILIZATION)]),
        ]
        yield Section(f"{self.endpoint_name}\nserverless", [requests_row(self.measurement), own])

    @property
    def inference_option(self) -> InferenceOption:
        """How the endpoint serves."""
        return InferenceOption.SERVERLESS

    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload without idle time, where warm containers wait."""
        return replace(workload, idle_share=0) if self.provisioned else workload

    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """What the endpoint's own settings rule out."""
        most = self.maximum_concurrency
        if not is_token(most) and workload.concurrency > most:
            yield f"{workload.concurrency:g} requests at a time are over its maximum_concurrency of {most}"


def _problems(
    memory_mb: int,
    maximum_concurrency: int,
    provisioned: ProvisionedConcurrency | None,
    variant_name: str,
) -> Iterator[Problem | None]:
    if not is_token(memory_mb) and memory_mb not in range(1024, 6145, 1024):
        yield Problem("memory_mb", f"must be a multiple of 1024 between 1024 and 6144, got: {memory_mb}")
    yield in_range("maximum_concurrency", maximum_concurrency, 1, 200)
    yield matches(
        "variant_name",
        variant_name,
        r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        "1 to 63 letters, digits and single hyphens",
    )
    if provisioned:
        yield from within("provisioned", [*provisioned.problems(), provisioned.excess(maximum_concurrency)])
