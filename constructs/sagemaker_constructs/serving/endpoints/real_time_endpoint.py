"""An endpoint that answers while the caller waits."""

from collections.abc import Iterator, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, no_more_than, positive, reject, unique, within
from sagemaker_constructs.observability.retained_logs import ONE_YEAR
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.rollouts.rollback_alarms import WatchedMetric, rollback_alarms
from sagemaker_constructs.serving.rollouts.rollout import AllAtOnceRollout, Rollout
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.variants.shadow import shadow_problems
from sagemaker_constructs.serving.variants.variant import Variant, weights_problem


class RealTimeEndpoint(InstanceEndpoint):
    """One to ten variants behind one name, and optionally one in their ``shadow``.

    A shadow gets a copy of its share of the requests, and its answers are dropped; it needs to be the only one
    beside one variant.

    A change of model, instance type or capture replaces the endpoint *configuration*; the endpoint moves over
    to it as ``rollout`` says (default: all at once, five minutes of bake), and moves back by itself when one of
    ``alarms`` fires meanwhile: at least five responses 5xx or five errors of the model in two of three minutes
    and, with a ``latency_limit``, a 99th percentile of the container's time at or above it. Add yours with
    ``roll_back_on``. Once a variant scales, updates keep its current instance count.

    The endpoint's name is derived from the construct path, so that its alarms and callers can know it before
    it exists. CloudFormation never has to replace an endpoint whose name stays the same.

    The containers' logs are kept for ``log_retention_days`` (default: one year).

    Instance volumes are encrypted with ``encryption_key``, except on types with local NVMe disks, which
    encrypt themselves and refuse a key.

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, two or three
    ``AWS::CloudWatch::Alarm`` per variant (or per endpoint, if that were more than six), ``EndpointLogs``, and
    what the ``scale_…`` methods add.
    Raises ``InvalidInput`` for no or more than ten variants, names used twice, unknown instance types, ranges
    and percentages that AWS refuses, rollouts that do not fit, and a shadow beside what excludes it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        variants: Sequence[Variant],
        encryption_key: kms.IKey,
        shadow: Sequence[Variant] = (),
        capture: DataCapture | None = None,
        rollout: Rollout | None = None,
        log_retention_days: int = ONE_YEAR,
        latency_limit: Duration | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            variants=variants,
            shadow=shadow,
            encryption_key=encryption_key,
            rollout=rollout or AllAtOnceRollout(),
            log_retention_days=log_retention_days,
            configuration={"data_capture_config": capture.properties() if capture else None},
            problems=_problems(variants, shadow, capture, latency_limit),
        )
        if capture:
            for fleet in (*variants, *shadow):
                capture.grant_write(fleet.model.role)
        for alarm in rollback_alarms(self, self.endpoint_name, self._watched(latency_limit)):
            self.roll_back_on(alarm)

    @staticmethod
    def from_endpoint_name(
        scope: Construct, id: str, endpoint_name: str, *, default_variant: str = "AllTraffic"
    ) -> ImportedEndpoint:
        """An endpoint that exists already, with the same grants and metrics."""
        return ImportedEndpoint(scope, id, endpoint_name=endpoint_name, default_variant=default_variant)

    def grant_invoke_models(self, grantee: iam.IGrantable, *models: str) -> iam.Grant:
        """Let ``grantee`` invoke only those of many models whose names match ``models``, such as ``acme/*``.

        Raises ``InvalidInput`` where no variant holds many models, or none is named.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/multi-model-endpoint-security.html
        """
        many = any(variant.model.multi_model for variant in self.variants)
        reject(self, [None if many else Problem("models", "can be chosen only where a variant holds many of them")])
        return self._grant_models(grantee, models)

    def scale_on_invocations(
        self, *, per_instance_per_minute: float, variant: str | None = None, pace: ScalingPace | None = None
    ) -> None:
        """Scale a variant (default: the first) within its ``instances`` by its requests per instance and minute.

        From then on an update of the endpoint keeps the instance count that scaling has reached; weights and
        capture still follow the configuration.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html
        """
        self.scaling(variant).track_predefined(
            "OnInvocations",
            "SageMakerVariantInvocationsPerInstance",
            name="per_instance_per_minute",
            target=per_instance_per_minute,
            pace=pace,
        )

    def scale_on_concurrency(
        self, *, per_model: float, variant: str | None = None, pace: ScalingPace | None = None
    ) -> None:
        """Scale a variant by the requests that each model container works on at one time.

        CloudWatch counts them every ten seconds, so that this reacts faster than ``scale_on_invocations``.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-policy.html
        """
        self.scaling(variant).track_predefined(
            "OnConcurrency",
            "SageMakerVariantConcurrentRequestsPerModelHighResolution",
            name="per_model",
            target=per_model,
            pace=pace,
        )

    def _watched(self, latency_limit: Duration | None) -> list[WatchedMetric]:
        names = [variant.name for variant in self.variants]
        watched = [
            WatchedMetric(
                "ServerErrors", "responses 5xx", 5, {name: self.metric_server_errors(variant=name) for name in names}
            ),
            WatchedMetric(
                "ModelErrors",
                "errors of the model",
                5,
                {name: self.metric_model_errors(variant=name) for name in names},
            ),
        ]
        if latency_limit:
            watched.append(
                WatchedMetric(
                    "Latency",
                    "microseconds in the container",
                    latency_limit.to_milliseconds() * 1000,
                    {name: self.metric_model_latency(variant=name) for name in names},
                )
            )
        return watched


def _problems(
    variants: Sequence[Variant],
    shadow: Sequence[Variant],
    capture: DataCapture | None,
    latency_limit: Duration | None,
) -> Iterator[Problem | None]:
    if not variants:
        yield Problem("variants", "must name at least one variant, got: none")
    yield no_more_than("variants", variants, 10)
    names = {f"variants[{index}].name": variant.name for index, variant in enumerate(variants)}
    yield from unique(names | {f"shadow[{index}].name": variant.name for index, variant in enumerate(shadow)})
    for index, variant in enumerate(variants):
        yield from within(f"variants[{index}]", variant.problems())
    yield weights_problem("variants", [variant.weight for variant in variants])
    yield from shadow_problems(variants, shadow)
    if capture:
        yield from within("capture", capture.problems())
    if latency_limit:
        yield positive("latency_limit", latency_limit.to_milliseconds(), unit="milliseconds")
