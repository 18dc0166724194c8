"""An endpoint that takes its requests from S3 and answers there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import grant_publish
from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.problems import Problem, in_range, one_of, within
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.observability.retained_logs import ONE_YEAR
from sagemaker_constructs.serving.asynchronous.async_interface import AsyncInterface
from sagemaker_constructs.serving.asynchronous.async_paths import AsyncPaths
from sagemaker_constructs.serving.asynchronous.imported_async_endpoint import ImportedAsyncEndpoint
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    BACKLOG_PER_INSTANCE,
    BACKLOG_WITHOUT_CAPACITY,
    FAILURES,
    OLDEST_REQUEST,
)
from sagemaker_constructs.serving.endpoints.endpoint_watch import machines_row, unanswered_rule
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.rollouts.rollback_alarms import WatchedMetric
from sagemaker_constructs.serving.rollouts.rollout import AllAtOnceRollout, Rollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.wake_up import wake_up
from sagemaker_constructs.serving.variants.startup import Startup
from sagemaker_constructs.serving.variants.variant import Variant, missing_accelerators
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

Outcome = Literal["success", "error"]


class AsyncEndpoint(AsyncInterface, InstanceEndpoint):
    """One model behind a queue: payloads up to 1 GB, answers within an hour, and no instances while idle.

    Callers upload a request below ``paths.input`` of ``input`` (default: the bucket ``output``, which defaults to the
    stack's own ``EncryptedBucket``) and name it; the
    answer appears below ``paths.output`` of ``output``, what failed below ``paths.failure``. ``on_success`` and
    ``on_error`` hear of it, with the answer itself (up to 128 kB) for the outcomes in ``include_response``.
    ``concurrent_invocations`` limits what one instance works on at a time (1 to 1000; default: SageMaker's choice).

    ``instances`` may start at 0; the endpoint is created with one instance all the same, and ``scale_on_backlog``
    lets it fall asleep and wake up. Updates move as ``rollout`` says (default: all at once, five minutes of
    bake), and back when more than four requests fail in two of three minutes. The container's logs are kept for
    ``log_retention_days`` (default: one year).

    SageMaker does not support a shadow here, and requests and answers are in S3 without data capture.

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, an ``AWS::CloudWatch::Alarm``,
    ``RetainedLogs``, and what the ``scale_…`` methods add.
    Raises ``InvalidInput`` for models with directly invoked containers or many models, for responses included
    without their topic, and for numbers and prefixes that AWS refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Model,
        instance_type: str,
        output: s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
        instances: InstanceRange | None = None,
        input: s3.IBucket | None = None,
        paths: AsyncPaths | None = None,
        on_success: sns.ITopic | None = None,
        on_error: sns.ITopic | None = None,
        include_response: Sequence[Outcome] = (),
        concurrent_invocations: int | None = None,
        startup: Startup | None = None,
        rollout: Rollout | None = None,
        log_retention_days: int = ONE_YEAR,
    ) -> None:
        variant = Variant(model, instance_type, instances or InstanceRange(1), startup=startup or Startup())
        self.output: s3.IBucket = output or EncryptedBucket.of(scope)
        self.input: s3.IBucket = input or self.output
        self.paths: AsyncPaths = paths or AsyncPaths()
        self._topics: dict[Outcome, sns.ITopic | None] = {"success": on_success, "error": on_error}
        super().__init__(
            scope,
            id,
            variants=[variant],
            shadow=[],
            encryption_key=encryption_key,
            rollout=rollout or AllAtOnceRollout(),
            log_retention_days=log_retention_days,
            configuration={"async_inference_config": self._properties(include_response, concurrent_invocations)},
            arguments={"ProductionVariants": ""},
            problems=_problems(variant, self.paths, self._topics, include_response, concurrent_invocations),
            least=0,
        )

    @staticmethod
    def from_endpoint_name(
        scope: Construct,
        id: str,
        endpoint_name: str,
        *,
        output: s3.IBucket,
        input: s3.IBucket | None = None,
        paths: AsyncPaths | None = None,
        default_variant: str = "AllTraffic",
    ) -> AsyncInterface:
        """An endpoint that exists already, with the same grants and metrics; buckets and prefixes are its own."""
        return ImportedAsyncEndpoint(
            scope,
            id,
            endpoint_name=endpoint_name,
            output=output,
            input=input or output,
            paths=paths or AsyncPaths(),
            default_variant=default_variant,
        )

    def scale_on_backlog(self, *, per_instance: float, pace: ScalingPace | None = None) -> None:
        """Keep the waiting requests per instance near ``per_instance``; from 0 instances, wake on the first one.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
        """
        target = self.scaling()
        backlog = self.measurement_of_endpoint(BACKLOG_PER_INSTANCE)
        target.track("OnBacklog", backlog, name="per_instance", target=per_instance, pace=pace)
        if self.variants[0].instances.minimum == 0:
            wake_up(
                self,
                "BacklogWithoutCapacity",
                target=target,
                needed=self.measurement_of_endpoint(BACKLOG_WITHOUT_CAPACITY),
                reason=f"{self.endpoint_name}: requests wait, and no instance runs",
                cooldown_seconds=300,
            )

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Memory and disk, the oldest waiting request, and requests that wait while no instance starts."""
        yield from super().alarm_rules(thresholds)
        seconds = (milliseconds_of(thresholds.oldest_request) or 0) / 1000
        oldest = self.measurement_of_endpoint(OLDEST_REQUEST)
        yield AlarmRule("OldestRequest", "seconds that a request waits", [oldest], seconds)
        needed = self.measurement_of_endpoint(BACKLOG_WITHOUT_CAPACITY)
        yield unanswered_rule("Asleep", "sign of requests that wait without an instance", needed, thresholds)

    def dashboard_sections(self) -> Iterator[Section]:
        """The queue, and the instances."""
        yield from super().dashboard_sections()
        [variant] = self.variants
        yield Section(
            f"{self.endpoint_name} / {variant.name}\n{variant.instance_type}",
            [machines_row(self._measure(variant.name), variant.instances)],
        )

    @property
    def inference_option(self) -> InferenceOption:
        """How the endpoint serves."""
        return InferenceOption.ASYNCHRONOUS

    def as_met(self, workload: InferenceWorkload) -> InferenceWorkload:
        """The workload without the wait for the first instance, where one always runs."""
        return workload if self.variants[0].instances.minimum == 0 else replace(workload, latency_seconds=None)

    def own_limits(self, workload: InferenceWorkload) -> Iterator[str]:
        """What the endpoint's own settings rule out."""
        if workload.needs_gpu:
            yield from missing_accelerators(self.variants)

    def _rollback_metrics(self) -> list[WatchedMetric]:
        name = self.variants[0].name
        return [WatchedMetric("Failures", "failed requests", 5, {name: self.measurement(FAILURES, name)})]

    def _model_grants(self) -> Grants:
        grants = Grants()
        grant_read_objects(self.input, grants, f"{self.paths.input}/*")
        grant_write_objects(self.output, grants, f"{self.paths.output}/*")
        grant_write_objects(self.output, grants, f"{self.paths.failure}/*")
        for topic in self._topics.values():
            if topic:
                grant_publish(topic, grants)
        return grants

    def _properties(
        self, include_response: Sequence[Outcome], concurrent_invocations: int | None
    ) -> dict[str, object]:
        facts = bucket_facts(self.output)
        output: dict[str, object] = {
            "s3OutputPath": facts.url(self.paths.output),
            "s3FailurePath": facts.url(self.paths.failure),
        }
        if facts.encryption_key:
            output["kmsKeyId"] = key_arn(facts.encryption_key)
        notification: dict[str, object] = {
            f"{outcome}Topic": topic.topic_arn for outcome, topic in self._topics.items() if topic
        }
        if include_response:
            notification["includeInferenceResponseIn"] = [
                f"{outcome.upper()}_NOTIFICATION_TOPIC" for outcome in include_response
            ]
        if notification:
            output["notificationConfig"] = notification
        properties: dict[str, object] = {"outputConfig": output}
        if concurrent_invocations is not None:
            properties["clientConfig"] = {"maxConcurrentInvocationsPerInstance": concurrent_invocations}
        return properties


def _problems(
    variant: Variant,
    paths: AsyncPaths,
    topics: dict[Outcome, sns.ITopic | None],
    include_response: Sequence[Outcome],
    concurrent_invocations: int | None,
) -> Iterator[Problem | None]:
    yield from within("variant", variant.problems(least=0))
    yield from within("paths", paths.problems())
    for outcome in include_response:
        yield one_of("include_response", outcome, list(topics))
        if topics.get(outcome) is None:
            yield Problem("include_response", f"needs on_{outcome}, got: none")
    if concurrent_invocations is not None:
        yield in_range("concurrent_invocations", concurrent_invocations, 1, 1000)
