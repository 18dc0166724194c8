"""The approved version of a group, which stacks follow."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import grant_publish
from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, one_of, reject
from sagemaker_constructs.core.rules.at_synth import parameter_name_problem
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.observability.log_lines import LogLines
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule, MetricAlarm
from sagemaker_constructs.registry.model_package_group import ModelPackageGroup
from sagemaker_constructs.storage.event_queue import EventQueue, protect

_FUNCTION_SECONDS = 60
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
"""Six times the function's time, as Lambda recommends; so long an event waits for a stack that others update."""
_ATTEMPTS = 100
"""Ten hours of waiting, longer than any rollout."""
_FIVE_MINUTES = 300
Promotion = Literal["PendingApproval", "Approved"]
_ENDED = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class ApprovedModel(BaseConstruct):
    """Deploys the version of ``group`` that was approved last to the stacks that take ``package`` from here.

    The SSM parameter ``parameter_name`` points to the live version, ``first`` until another one is approved. An
    approval moves it and updates ``stacks`` (names) with nothing else changed, so that CloudFormation rolls the
    endpoint out as its own rollout says. If an alarm rolls that back, or the live version is rejected, the pointer
    returns to the version that was good last. Acts on what the registry says of the version, and never on "the latest
    one": approving an older version deploys that one.

    ``stage`` lets the approval of a stage of the model's life cycle count, such as ``Production``, instead of that of
    the package alone. ``later_stages`` are those after it: a version that was approved and is live here enters the
    first of them with the status ``promotion`` (default: ``PendingApproval``, so that a person decides; ``Approved``
    sends it on alone), and stays live here when it has come further. ``notify`` is told of every move, and when an
    event could not be acted on in ten hours.

    Every move is an item of a table that is retained: which version, why, when, and how it ended.

    Provisions: ``AWS::SSM::Parameter``, ``AWS::DynamoDB::Table``, two ``AWS::SQS::Queue`` (one for what could not be
    acted on), two ``AWS::Events::Rule``, a function with role and logs, an ``AWS::Lambda::EventSourceMapping``, and
    with ``notify`` an ``AWS::CloudWatch::Alarm``.
    Raises ``InvalidInput`` for more than 10 stacks, for a parameter name that SSM refuses, and for stages that
    SageMaker refuses or that stand twice.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        group: ModelPackageGroup,
        parameter_name: str,
        first: str,
        stacks: Sequence[str] = (),
        stage: str | None = None,
        later_stages: Sequence[str] = (),
        promotion: Promotion = "PendingApproval",
        notify: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, id)
        wanted = "a path such as /platform/dev/approved-model"
        reject(
            self,
            [
                matches("parameter_name", parameter_name, r"(/[a-zA-Z0-9_.-]+){1,15}", wanted),
                parameter_name_problem("parameter_name", parameter_name),
                no_more_than("stacks", list(stacks), 10),
                *_stage_problems(stage, later_stages, promotion),
            ],
        )
        self.parameter_name: str = parameter_name
        self.group: ModelPackageGroup = group
        self.stage: str | None = stage
        pointer = ssm.CfnParameter(
            self,
            "Pointer",
            name=parameter_name,
            type="String",
            value=first,
            description="The model package that is live",
        )
        self.table_name: str = self._table()
        table_arn = self.location.arn("dynamodb", "table", name=self.table_name)
        dead, queue = self._queues()
        topic = {"TOPIC": notify.topic_arn} if notify else {}
        stages = {"LATER_STAGES": json.dumps(list(later_stages)), "PROMOTION": promotion} if later_stages else {}
        function = LibraryFunction(
            self,
            "Approval",
            code="approval",
            handler="handler.handler",
            description="Deploys what is approved in the model registry",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs and keeps what fails; it calls AWS's own API alone, and its "
            "environment names resources.",
            environment={
                "POINTER": parameter_name,
                "STACKS": json.dumps(list(stacks)),
                "STAGE": stage or "",
                "TABLE": self.table_name,
                **stages,
                **topic,
            },
            grants=self._grants(group, pointer, stacks, table_arn, queue.arn, notify, promotes=bool(later_stages)),
        )
        lambda_.CfnEventSourceMapping(
            self, "Events", event_source_arn=queue.arn, function_name=function.arn, batch_size=1
        )
        self._log_group = function.log_group
        self._listen(group, stacks, queue, dead)
        if notify:
            _alarm(self, dead).notify([notify.topic_arn], scope=self)

    @property
    def watched_name(self) -> str:
        """The name of the pointer."""
        return self.parameter_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``notify`` is told of what could not be acted on."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """None."""
        del thresholds
        yield from ()

    def dashboard_sections(self) -> Iterator[Section]:
        """Which version was live since when, and why."""
        lines = LogLines("Deployments", [self._log_group], "model-package/")
        yield Section(f"Versions of {self.group.name}", [[lines]])

    def package(
        self,
        scope: Construct,
        *,
        bucket: s3.IBucket | None = None,
        prefix: str = "",
        repository: ecr.IRepository | None = None,
    ) -> ModelPackage:
        """The live version, for a model in the stack of ``scope``, which reads the pointer whenever it is deployed.

        ``bucket``, ``prefix`` and ``repository`` are those that its role may read: see ``ModelPackage``.
        """
        arn = ssm.StringParameter.value_for_string_parameter(Stack.of(scope), self.parameter_name)
        return ModelPackage(arn, bucket=bucket, prefix=prefix, repository=repository)

    def _table(self) -> str:
        table = dynamodb.CfnTable(
            self,
            "Ledger",
            attribute_definitions=[_attribute("Stage"), _attribute("Entry")],
            key_schema=[_key("Stage", "HASH"), _key("Entry", "RANGE")],
            billing_mode="PAY_PER_REQUEST",
            point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
        )
        table.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        reason = "It holds names of model packages and times, and is encrypted with DynamoDB's own key."
        findings = Findings(self)
        findings.control("DynamoDBInBackupPlan", reason="Point-in-time recovery keeps its last 35 days.")
        findings.control("DynamoDBAutoScalingEnabled", reason="On-demand capacity scales by itself.")
        findings.write()
        rules = ("CKV_AWS_119", "dynamodb_table_encrypted_kms_check")
        acknowledge_in_template(table, *rules, reason=reason)
        return table.ref

    def _queues(self) -> tuple[EventQueue, EventQueue]:
        dead = EventQueue(self, "Unhandled", fifo_queue=True)
        queue = EventQueue(
            self,
            "Queue",
            fifo_queue=True,
            content_based_deduplication=True,
            visibility_timeout=_VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": _ATTEMPTS},
        )
        return dead, queue

    def _grants(
        self,
        group: ModelPackageGroup,
        pointer: ssm.CfnParameter,
        stacks: Sequence[str],
        table_arn: str,
        queue_arn: str,
        notify: sns.ITopic | None,
        *,
        promotes: bool,
    ) -> Grants:
        grants = Grants()
        grants.allow("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem", on=table_arn)
        grants.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue_arn)
        grants.allow(
            "sagemaker:DescribeModelPackage",
            *(["sagemaker:UpdateModelPackage"] if promotes else []),
            on=group.versions_arn,
            because="Versions of the group are numbered when they are registered.",
        )
        # ``DependsOn`` would not follow from an ARN of text, and the function must not write before there is one.
        parameter = self.location.arn("ssm", f"parameter{pointer.ref}")
        grants.allow("ssm:PutParameter", "ssm:GetParameter", "ssm:GetParameters", on=parameter)
        grants.allow(
            "ssm:GetParameters",
            on=self.location.arn("ssm", "parameter/cdk-bootstrap/*"),
            because="Templates of the CDK read the version of the bootstrap stack, whatever its qualifier is.",
        )
        if stacks:
            grants.allow(
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackEvents",
                "cloudformation:UpdateStack",
                on=[self.location.arn("cloudformation", "stack", name=f"{name}/*") for name in stacks],
                because="A stack's ARN ends with an identifier that it gets when it is made.",
            )
        if notify:
            grant_publish(notify, grants)
        return grants

    def _listen(self, group: ModelPackageGroup, stacks: Sequence[str], queue: EventQueue, dead: EventQueue) -> None:
        prefixes = [self.location.arn("cloudformation", "stack", name=f"{name}/") for name in stacks]
        patterns: dict[str, Mapping[str, object]] = {
            "Packages": {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {"ModelPackageGroupName": [group.name]},
            },
        }
        if stacks:
            patterns["Deployments"] = {
                "source": ["aws.cloudformation"],
                "detail-type": ["CloudFormation Stack Status Change"],
                "detail": {
                    "stack-id": [{"prefix": each} for each in prefixes],
                    "status-details": {"status": list(_ENDED)},
                },
            }
        rules = [
            events.CfnRule(
                self,
                f"{name}Rule",
                event_pattern=pattern,
                targets=[
                    {"id": "Queue", "arn": queue.arn, "sqsParameters": {"messageGroupId": "approval"}},
                ],
            )
            for name, pattern in patterns.items()
        ]
        protect(self, [queue, dead], told=[queue], rules=[rule.attr_arn for rule in rules])


def _stage_problems(stage: str | None, later: Sequence[str], promotion: str) -> Iterator[Problem | None]:
    stages = {"stage": stage} if stage else {}
    stages |= {f"later_stages[{index}]": each for index, each in enumerate(later)}
    for path, each in stages.items():
        yield matches(path, each, "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", "letters, digits and hyphens, 63 at most")
        if list(stages.values()).count(each) > 1:
            yield Problem(path, f"stands twice among the stages: {each!r}")
    yield one_of("promotion", promotion, get_args(Promotion))


def _attribute(name: str) -> dynamodb.CfnTable.AttributeDefinitionProperty:
    return dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type="S")


def _key(name: str, kind: str) -> dynamodb.CfnTable.KeySchemaProperty:
    return dynamodb.CfnTable.KeySchemaProperty(attribute_name=name, key_type=kind)


def _alarm(scope: Construct, dead: EventQueue) -> MetricAlarm:
    return MetricAlarm(
        scope,
        "UnhandledAlarm",
        properties={
            "alarm_description": "An approval or the end of a deployment could not be acted on",
            "namespace": "AWS/SQS",
            "metric_name": "ApproximateNumberOfMessagesVisible",
            "dimensions": [{"name": "QueueName", "value": dead.name}],
            "statistic": "Maximum",
            "period": _FIVE_MINUTES,
            "evaluation_periods": 1,
            "threshold": 1,
            "comparison_operator": "GreaterThanOrEqualToThreshold",
            "treat_missing_data": "notBreaching",
        },
    )
