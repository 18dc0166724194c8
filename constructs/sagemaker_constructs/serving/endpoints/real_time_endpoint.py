"""An endpoint that answers while the caller waits."""

from collections.abc import Iterator, Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.problems import Problem, no_more_than, positive, reject, within
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.retained_logs import ONE_YEAR
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.endpoint_metrics import MODEL_ERRORS, MODEL_LATENCY, SERVER_ERRORS
from sagemaker_constructs.serving.endpoints.endpoint_watch import machines_row, requests_row
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.rollouts.rollback_alarms import WatchedMetric
from sagemaker_constructs.serving.rollouts.rollout import AllAtOnceRollout, Rollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.variants.variant import Variant, missing_accelerators, weights_problem


class RealTimeEndpoint(InstanceEndpoint):
    """One to ten variants behind one name, and optionally one in their ``shadow``.

    A shadow gets a copy of its share of the requests, and its answers are dropped; it needs to be the only one
    beside one variant.

    A change of model, instance type or capture replaces the endpoint *configuration*; the endpoint moves over
    to it as ``rollout`` says (default: all at once, five minutes of bake), and moves back by itself when one of
    ``alarms`` fires meanwhile: at least five responses 5xx or five errors of the model in two of three minutes
    and, with a ``latency_limit``, a 99th percentile of the container's time at or above it. Add yours with
    ``roll_back_on``. Once a variant scales, updates keep its current instance count.

    ``model``, ``instance_type`` and ``instances`` (default: one) are the short way to say a single variant.

    The endpoint's name is derived from the construct path, so that its alarms and callers can know it before
    it exists. CloudFormation never has to replace an endpoint whose name stays the same.

    The containers' logs are kept for ``log_retention_days`` (default: one year).

    Instance volumes are encrypted with ``encryption_key`` (default: the stack's own ``EncryptionKey``), except on
    types with local NVMe disks, which encrypt themselves and refuse a key.

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, two or three
    ``AWS::CloudWatch::Alarm`` per variant (or per endpoint, if that were more than six), ``RetainedLogs``, and
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
        model: Model | None = None,
        instance_type: str | None = None,
        instances: InstanceRange | None = None,
        variants: Sequence[Variant] = (),
        encryption_key: kms.IKey | None = None,
        shadow: Sequence[Variant] = (),
        capture: DataCapture | None = None,
        rollout: Rollout | None = None,
        log_retention_days: int = ONE_YEAR,
        latency_limit: Duration | None = None,
    ) -> None:
        given = variants
        if model and instance_type and not variants:
            given = [Variant(model, instance_type, instances or InstanceRange(1))]
        self._capture = capture
        self._latency_limit = latency_limit
        super().__init__(
            scope,
            id,
            variants=given,
            shadow=shadow,
            encryption_key=encryption_key,
            rollout=rollout or AllAtOnceRollout(),
            log_retention_days=log_retention_days,
            configuration={"data_capture_config": capture.properties() if capture else None},
            arguments={"ProductionVariants": "variants", "ShadowProductionVariants": "shadow"},
            problems=[
                *_source_problems(model, instance_type, instances, variants),
                *_problems(given, shadow, capture, latency_limit),
            ],
        )

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

    def dashboard_sections(self) -> Iterator[Section]:
        """Requests and instances of each variant, and of each shadow."""
        for variant in self._fleets:
            measure = self._measure(variant.name)
            yield Section(
                f"{self.endpoint_name} / {variant.name}\n{variant.instance_type}",
                [requests_row(measure), machines_row(measure, variant.instances)],
            )

    @property
    def inference_option(self) -> InferenceOption:
        """How the endpoint serves."""
        many = any(variant.model.multi_model for variant in self.variants)
        return InferenceOption.MULTI_MODEL if many else InferenceOption.REAL_TIME

    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload as it is: nothing sleeps here."""
        return workload

    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """What the endpoint's own settings rule out."""
        if workload.needs_gpu:
            yield from missing_accelerators(self.variants)

    def _model_grants(self) -> Grants:
        grants = Grants()
        if self._capture:
            self._capture.grant_write(grants)
        return grants

    def _rollback_metrics(self) -> list[WatchedMetric]:
        names = [variant.name for variant in self.variants]

        def by_variant(measured: Measured) -> dict[str, Measurement]:
            return {name: self.measurement(measured, name) for name in names}

        watched = [
            WatchedMetric("ServerErrors", "responses 5xx", 5, by_variant(SERVER_ERRORS)),
            WatchedMetric("ModelErrors", "errors of the model", 5, by_variant(MODEL_ERRORS)),
        ]
        if self._latency_limit:
            limit = (milliseconds_of(self._latency_limit) or 0) * 1000
            watched.append(
                WatchedMetric("Latency", "microseconds in the container", limit, by_variant(MODEL_LATENCY))
            )
        return watched


def _source_problems(
    model: Model | None, instance_type: str | None, instances: InstanceRange | None, variants: Sequence[Variant]
) -> Iterator[Problem]:
    given = [
        name
        for name, value in (("model", model), ("instance_type", instance_type), ("instances", instances))
        if value is not None
    ]
    if variants and given:
        yield Problem("variants", f"must be left out beside {' and '.join(given)}, which say one variant")
    elif given and not (model and instance_type):
        yield Problem("", f"a single variant needs model and instance_type, got: {' and '.join(given)}")


def _problems(
    variants: Sequence[Variant],
    shadow: Sequence[Variant],
    capture: DataCapture | None,
    latency_limit: Duration | None,
) -> Iterator[Problem | None]:
    if not variants:
        yield Problem("variants", "must name at least one variant, got: none")
    yield no_more_than("variants", variants, 10)
    for argument, fleets in (("variants", variants), ("shadow", shadow)):
        for index, variant in enumerate(fleets):
            yield from within(f"{argument}[{index}]", variant.problems())
    yield weights_problem("variants", [variant.weight for variant in variants])
    if capture:
        yield from within("capture", capture.problems())
    if latency_limit:
        yield positive("latency_limit", milliseconds_of(latency_limit) or 0, unit="milliseconds")
