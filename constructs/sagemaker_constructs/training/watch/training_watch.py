"""Looks at training jobs while they run, and stops those that come to nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import grant_publish
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, no_more_than, reject, within
from sagemaker_constructs.core.schedules import scheduler_role
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.expiring_table import ExpiringTable
from sagemaker_constructs.storage.object_access import grant_write_objects
from sagemaker_constructs.training.watch.watch_rule import WatchRule

if TYPE_CHECKING:
    from sagemaker_constructs.training.training_definition import TrainingDefinition

TAG = "sagemaker-constructs:watch"
"""The tag of watched jobs, with the watch's name."""
_FUNCTION_SECONDS = 60
_LONGEST_GROUP_NAME = 64
_MOST_BYTES_OF_RULES = 3_000
"""Of the 4 kB that all variables of a function may have."""


class TrainingWatch(BaseConstruct):
    """Looks at every job of the definitions that have this ``watch``: each minute while it runs, and afterwards.

    ``rules`` are looked for in the log, whatever the image: the job's ``metric_definitions`` find the metrics in it.
    A finding stops the job if ``stop`` (default: yes) and its rule say so, and is sent to ``notify``, whose
    subscriptions may be e-mail addresses and telephones. The report, ``watch.html`` with plots and ``watch.json``,
    lies beside ``model.tar.gz``. A job that ends before the first minute is judged when it has ended.

    Jobs of a ``TrainingJob``, of schedules, states and pipeline steps are watched; those that a tuning job starts are
    not. Make the watch in the stack of its definitions.

    Provisions: a function with role and logs, an ``AWS::Events::Rule``, an ``AWS::Scheduler::ScheduleGroup`` in which
    a job has a schedule while it runs, its ``AWS::IAM::Role``, an ``AWS::DynamoDB::Table`` and an
    ``AWS::SQS::Queue`` for what failed (both deleted with the stack). Nothing of it costs anything while no job runs.
    Raises ``InvalidInput`` for no rules, more than 20 or 3,000 characters of them, and values that no training can
    have; a definition raises it for metrics that it does not report.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/define-train-metrics.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        rules: Sequence[WatchRule],
        stop: bool = True,
        notify: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, id)
        text = json.dumps([rule.request() for rule in rules], separators=(",", ":"))
        reject(self, _problems(rules, text))
        self.rules: Sequence[WatchRule] = tuple(rules)
        self.name: str = physical_name(self, _LONGEST_GROUP_NAME)
        self._roles: list[str] = []
        self._rule: events.CfnRule | None = None
        self._dead = EventQueue(self, "DeadLetters")
        acknowledge(
            self._dead.resource,
            "AwsSolutions-SQS3",
            reason="It is itself the queue of what could not be acted on.",
        )
        holds = "It holds what was seen of the jobs of the last thirty days; the logs and the reports have the same."
        table = ExpiringTable(self, "Seen", key="Job", holds=holds)
        group = scheduler.CfnScheduleGroup(self, "Looks", name=self.name)
        role = scheduler_role(self, "LooksRole", description=f"Looks at the training jobs of {self.path}")
        self._function = LibraryFunction(
            self,
            "Watcher",
            code="watch",
            handler="handler.handler",
            description=f"Looks at the training jobs of {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="It runs once a minute for each job, and what fails is kept; it calls AWS's own API alone, and "
            "its environment names resources.",
            environment={
                "WATCH": self.name,
                "RULES": text,
                "STOP": "yes" if stop else "no",
                "TABLE": table.name,
                "SCHEDULES": group.ref,
                "SCHEDULES_ROLE": role.attr_arn,
                **({"TOPIC": notify.topic_arn} if notify else {}),
            },
            grants=self._grants(table.arn, role, notify),
            grows=True,
        )
        policy: Mapping[str, object] = {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": self._function.arn},
            ],
        }
        # A policy of its own: the function's environment names the role, and the role's policy the function.
        iam.CfnPolicy(self, "LooksPolicy", policy_name="Looks", roles=[role.ref], policy_document=policy)
        lambda_.CfnEventInvokeConfig(
            self,
            "Calls",
            function_name=self._function.arn,
            qualifier="$LATEST",
            destination_config={"onFailure": {"destination": self._dead.arn}},
        )

    def follow(self, definition: "TrainingDefinition", output: s3.IBucket) -> None:
        """Look at the jobs of ``definition``, whose tags name this watch; ``TrainingDefinition`` calls it.

        ``output`` is where they write to, and the report beside it.
        """
        self._roles.append(definition.execution_role.arn)
        grants = Grants()
        grant_write_objects(output, grants, f"{definition.output_prefix}/*")
        self._function.allow(grants)
        # A job's state tells its role; its tags are looked at by the function.
        pattern: Mapping[str, object] = {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Training Job State Change"],
            "detail": {"RoleArn": list(dict.fromkeys(self._roles))},
        }
        if self._rule:
            self._rule.event_pattern = pattern
            return
        target = {"id": "Watcher", "arn": self._function.arn, "deadLetterConfig": {"arn": self._dead.arn}}
        self._rule = events.CfnRule(self, "Changes", event_pattern=pattern, targets=[target])
        rule_arn = self._rule.attr_arn
        lambda_.CfnPermission(
            self,
            "ChangesCall",
            action="lambda:InvokeFunction",
            function_name=self._function.arn,
            principal="events.amazonaws.com",
            source_arn=rule_arn,
        )
        protect(self, [self._dead], told=[self._dead], rules=[rule_arn])

    @property
    def tags(self) -> Mapping[str, str]:
        """What the jobs are tagged with."""
        return {TAG: self.name}

    @property
    def watched_name(self) -> str:
        """The watch's name."""
        return self.name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes the one of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A job could not be looked at."""
        del thresholds
        yield AlarmRule("DeadLetters", "looks that failed", [self._failed()], 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """Looks that failed."""
        yield Section(f"Watch {self.name}", [[Graph("Looks that failed", [self._failed()])]])

    def _failed(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._dead.name})

    def _grants(self, table_arn: str, role: iam.CfnRole, notify: sns.ITopic | None) -> Grants:
        grants = Grants()
        grants.allow("dynamodb:UpdateItem", on=table_arn)
        jobs = self.location.arn("sagemaker", "training-job", name="*")
        named = "Jobs are named when they start, also by pipelines; it stops those alone that have its tag."
        grants.allow("sagemaker:DescribeTrainingJob", "sagemaker:ListTags", on=jobs, because=named)
        own = {"StringEquals": {f"aws:ResourceTag/{TAG}": self.name}}
        grants.allow("sagemaker:StopTrainingJob", on=jobs, when=own, because=named)
        group = self.location.arn("logs", "log-group", separator=":", name="/aws/sagemaker/TrainingJobs:*")
        streams = f"{group.removesuffix('*')}log-stream:*"
        one = "All training jobs of an account share one log group, and a job's streams are named when it starts."
        grants.allow("logs:DescribeLogStreams", on=group, because=one)
        grants.allow("logs:GetLogEvents", on=streams, because=one)
        grants.allow(
            "scheduler:CreateSchedule",
            "scheduler:DeleteSchedule",
            on=self.location.arn("scheduler", "schedule", name=f"{self.name}/*"),
            because="Schedules of the watch's own group are called as the jobs that they look at.",
        )
        passed = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
        grants.allow("iam:PassRole", on=role.attr_arn, when=passed)
        grants.allow("sqs:SendMessage", on=self._dead.arn)
        if any(rule.kind == "under_used" for rule in self.rules):
            grants.allow(
                "cloudwatch:GetMetricData", on="*", because="CloudWatch restricts reading metrics to no resource."
            )
        if notify:
            grant_publish(notify, grants)
        return grants


def _problems(rules: Sequence[WatchRule], text: str) -> Iterator[Problem | None]:
    if not rules:
        yield Problem("rules", "must have at least 1 entry, got: 0")
    yield no_more_than("rules", list(rules), 20)
    if len(text.encode()) > _MOST_BYTES_OF_RULES:
        yield Problem("rules", f"must have at most {_MOST_BYTES_OF_RULES} bytes as text, got: {len(text.encode())}")
    for number, rule in enumerate(rules):
        yield from within(f"rules[{number}]", rule.problems())
