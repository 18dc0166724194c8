"""An endpoint that takes its requests from S3 and answers there."""

from collections.abc import Iterator, Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_wildcard
from sagemaker_constructs.core.validation import in_range, one_of
from sagemaker_constructs.serving.async_paths import AsyncPaths
from sagemaker_constructs.serving.endpoint_base import INVOCATION_METRICS
from sagemaker_constructs.serving.instance_endpoint import InstanceEndpoint
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.model import Model
from sagemaker_constructs.serving.rollback_alarms import WatchedMetric, rollback_alarms
from sagemaker_constructs.serving.rollout import AllAtOnceRollout, Rollout
from sagemaker_constructs.serving.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling_step import ScalingStep
from sagemaker_constructs.serving.startup import Startup
from sagemaker_constructs.serving.variant import Variant
from sagemaker_constructs.storage.object_access import grant_read_objects, grant_write_objects

Outcome = Literal["success", "error"]


class AsyncEndpoint(InstanceEndpoint):
    """One model behind a queue: payloads up to 1 GB, answers within an hour, and no instances while idle.

    Callers upload a request below ``paths.input`` of ``input`` (default: the bucket ``output``) and name it; the
    answer appears below ``paths.output`` of ``output``, what failed below ``paths.failure``. ``on_success`` and
    ``on_error`` hear of it, with the answer itself (up to 128 kB) for the outcomes in ``include_response``.
    ``concurrent_invocations`` limits what one instance works on at a time (1 to 1000; default: SageMaker's choice).

    ``instances`` may start at 0; the endpoint is created with one instance all the same, and ``scale_on_backlog``
    lets it fall asleep and wake up. Updates move as ``rollout`` says (default: all at once, five minutes of
    bake), and back when more than four requests fail in two of three minutes.

    Provisions: ``AWS::SageMaker::EndpointConfig``, ``AWS::SageMaker::Endpoint``, an ``AWS::CloudWatch::Alarm``, and
    what the ``scale_…`` methods add.
    Raises ``InvalidInput`` for models with directly invoked containers or many models, for responses included
    without their topic, and for numbers and prefixes that AWS refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Model,
        instance_type: str,
        output: s3.IBucket,
        encryption_key: kms.IKey,
        instances: InstanceRange | None = None,
        input: s3.IBucket | None = None,
        paths: AsyncPaths | None = None,
        on_success: sns.ITopic | None = None,
        on_error: sns.ITopic | None = None,
        include_response: Sequence[Outcome] = (),
        concurrent_invocations: int | None = None,
        startup: Startup | None = None,
        rollout: Rollout | None = None,
    ) -> None:
        variant = Variant(model, instance_type, instances or InstanceRange(1), startup=startup or Startup())
        self.input = input or output
        self.output = output
        self.paths = paths or AsyncPaths()
        topics: dict[Outcome, sns.ITopic | None] = {"success": on_success, "error": on_error}
        asynchronous = self._properties(topics, include_response, concurrent_invocations)
        super().__init__(
            scope,
            id,
            variants=[variant],
            shadow=[],
            encryption_key=encryption_key,
            rollout=rollout or AllAtOnceRollout(),
            configuration={"async_inference_config": asynchronous},
            problems=_problems(variant, self.paths, topics, include_response, concurrent_invocations),
            least=0,
        )
        grant_read_objects(self.input, model.role, f"{self.paths.input}/*")
        grant_write_objects(output, model.role, f"{self.paths.output}/*")
        grant_write_objects(output, model.role, f"{self.paths.failure}/*")
        for topic in {topic.topic_arn: topic for topic in topics.values() if topic}.values():
            topic.grant_publish(model.role)
        failed = WatchedMetric(
            "Failures", "failed requests", 5, {variant.name: self.metric("InvocationFailures", statistic="Sum")}
        )
        for alarm in rollback_alarms(self, self.endpoint_name, [failed]):
            self.roll_back_on(alarm)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` upload requests and have them worked on."""
        self._grant_objects(
            grantee,
            self.input,
            f"{self.paths.input}/*",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            ["kms:GenerateDataKey", "kms:Decrypt"],
        )
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sagemaker:InvokeEndpointAsync"], resource_arns=[self.endpoint_arn]
        )

    def grant_read_results(self, grantee: iam.IGrantable) -> None:
        """Let ``grantee`` read answers, and what became of requests that failed."""
        for prefix in (self.paths.output, self.paths.failure):
            self._grant_objects(grantee, self.output, f"{prefix}/*", ["s3:GetObject"], ["kms:Decrypt"])

    def scale_on_backlog(self, *, per_instance: float, pace: ScalingPace | None = None) -> None:
        """Keep the waiting requests per instance near ``per_instance``; from 0 instances, wake on the first one.

        Target tracking cannot leave 0, where there is no instance to divide by: an alarm on the backlog without
        capacity starts the first one.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
        """
        target = self.scaling()
        target.track_metric(
            "OnBacklog", self.metric_backlog_per_instance(), name="per_instance", target=per_instance, pace=pace
        )
        if self.variants[0].instances.minimum == 0:
            alarm = self.metric_backlog_without_capacity().create_alarm(
                self,
                "BacklogWithoutCapacity",
                alarm_description=f"{self.endpoint_name}: requests wait, and no instance runs",
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                threshold=1,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            target.in_steps(
                "WakeUp",
                alarm=alarm,
                steps=[ScalingStep(change=1, lower=0)],
                adjustment="ChangeInCapacity",
                cooldown=Duration.minutes(5),
            )

    def metric_backlog(self) -> cloudwatch.Metric:
        """Requests that wait or are worked on."""
        return self._endpoint_metric("ApproximateBacklogSize", "Maximum")

    def metric_backlog_per_instance(self) -> cloudwatch.Metric:
        """Such requests per instance: what ``scale_on_backlog`` tracks."""
        return self._endpoint_metric("ApproximateBacklogSizePerInstance", "Average")

    def metric_backlog_without_capacity(self) -> cloudwatch.Metric:
        """1 while requests wait and no instance runs, else 0."""
        return self._endpoint_metric("HasBacklogWithoutCapacity", "Maximum")

    def metric_oldest_request(self) -> cloudwatch.Metric:
        """Age of the oldest waiting request, in seconds."""
        return self._endpoint_metric("ApproximateAgeOfOldestRequest", "Maximum")

    def _endpoint_metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=INVOCATION_METRICS,
            metric_name=name,
            dimensions_map={"EndpointName": self.endpoint_name},
            statistic=statistic,
            period=Duration.minutes(1),
        )

    def _properties(
        self,
        topics: dict[Outcome, sns.ITopic | None],
        include_response: Sequence[Outcome],
        concurrent_invocations: int | None,
    ) -> dict[str, object]:
        output: dict[str, object] = {
            "s3OutputPath": self.output.s3_url_for_object(self.paths.output),
            "s3FailurePath": self.output.s3_url_for_object(self.paths.failure),
        }
        if self.output.encryption_key:
            output["kmsKeyId"] = self.output.encryption_key.key_arn
        notification: dict[str, object] = {
            f"{outcome}Topic": topic.topic_arn for outcome, topic in topics.items() if topic
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

    def _grant_objects(
        self, grantee: iam.IGrantable, bucket: s3.IBucket, pattern: str, actions: list[str], key_actions: list[str]
    ) -> None:
        objects = bucket.arn_for_objects(pattern)
        iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=[objects])
        if bucket.encryption_key:
            bucket.encryption_key.grant(grantee, *key_actions)
        if isinstance(grantee, Construct):
            acknowledge_wildcard(grantee, objects, reason="Keys below this prefix are chosen at run time.")


def _problems(
    variant: Variant,
    paths: AsyncPaths,
    topics: dict[Outcome, sns.ITopic | None],
    include_response: Sequence[Outcome],
    concurrent_invocations: int | None,
) -> Iterator[str | None]:
    yield from variant.problems("variant", least=0)
    yield from paths.problems("paths")
    for outcome in include_response:
        yield one_of("include_response", outcome, list(topics))
        if topics.get(outcome) is None:
            yield f"include_response needs on_{outcome}, got: none"
    if concurrent_invocations is not None:
        yield in_range("concurrent_invocations", concurrent_invocations, 1, 1000)
    if variant.model.direct_invocation:
        yield "model must be invoked serially: an asynchronous endpoint knows no directly invoked containers"
    if variant.model.multi_model:
        yield "model must be one model: an asynchronous endpoint knows no container with many models"
