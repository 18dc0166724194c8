"""Hands the alarms of a topic on to chats, on-call services and people."""

import json
from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, matches, reject, within
from sagemaker_constructs.core.schedules import scheduler_role
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.observability.notifications.channels import (
    KINDS,
    EmailAddresses,
    NotificationChannel,
    PagerDutyService,
    channel_problems,
)
from sagemaker_constructs.observability.notifications.quiet_hours import QuietHours
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.expiring_table import ExpiringTable
from sagemaker_constructs.storage.object_access import key_arn

_FUNCTION_SECONDS = 120
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
_RECEIVED_AT_MOST = 1000


class AlarmNotifications(BaseConstruct):
    """Tells ``channels``, by names of your own, of each message of ``topic``: that an alarm has begun, and has ended.

    Each channel is told of a change once, and again only if it may not have heard: what a vendor answers with 429,
    5xx or not at all is tried again for four days with growing pauses, or when the vendor says. What it refuses is
    kept for fourteen days in a queue of dead letters, with the reason. One channel that fails keeps no other from
    being told. Secrets are read when they are needed, and are in no log, variable or dead letter.

    In ``quiet`` hours (default: none) warnings wait until the end, and come as one message that says which of them
    are still on; on-call services are told of these alone.

    Provisions: an ``AWS::SNS::Subscription``, two ``AWS::SQS::Queue``, an ``AWS::DynamoDB::Table`` (deleted with the
    stack: it holds who was told of what in the last thirty days), a function with role and logs, its
    ``AWS::Lambda::EventSourceMapping``, two ``AWS::Scheduler::Schedule`` with a role for ``quiet``, and an
    ``AWS::SNS::Topic`` with its subscriptions for each ``EmailAddresses``, encrypted with ``encryption_key``
    (default: the stack's own ``EncryptionKey``). Raises ``InvalidInput`` for no channels, and for names, addresses
    and times that AWS refuses.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        topic: sns.ITopic,
        channels: Mapping[str, NotificationChannel],
        quiet: QuietHours | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, id)
        reject(self, _problems(channels, quiet))
        self._key = encryption_key
        self._dead: EventQueue = EventQueue(self, "DeadLetters")
        acknowledge(
            self._dead.resource, "AwsSolutions-SQS3", reason="It is itself the queue of what nobody could be told of."
        )
        queue = EventQueue(
            self,
            "Queue",
            visibility_timeout=_VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": self._dead.arn, "maxReceiveCount": _RECEIVED_AT_MOST},
        )
        holds = "It holds who was told of what in the last thirty days, and nothing to restore."
        table = ExpiringTable(self, "Told", key="Entry", holds=holds)
        grants = Grants()
        told = [self._channel(name, channel, grants) for name, channel in channels.items()]
        grants.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
            on=queue.arn,
        )
        grants.allow("sqs:SendMessage", on=self._dead.arn)
        verbs = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")
        grants.allow(*(f"dynamodb:{verb}" for verb in verbs), on=table.arn)
        function = LibraryFunction(
            self,
            "Function",
            code="notify",
            handler="handler.handler",
            description=f"Tells people of alarms for {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs, and what fails is kept; it calls AWS's own API and the "
            "webhooks of its secrets, and its environment names resources.",
            environment={
                "CHANNELS": json.dumps(told, separators=(",", ":")),
                "TABLE": table.name,
                "QUEUE": queue.url,
                "DEAD_LETTERS": self._dead.url,
            },
            grants=grants,
        )
        self.function_arn: str = function.arn
        self.dead_letters_url: str = self._dead.url
        lambda_.CfnEventSourceMapping(
            self,
            "Messages",
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximumConcurrency": 2},
        )
        protect(self, [queue, self._dead], told=[queue], topics=[topic.topic_arn])
        sns.CfnSubscription(self, "Subscription", topic_arn=topic.topic_arn, protocol="sqs", endpoint=queue.arn)
        if quiet:
            self._add_clock(quiet, queue)

    @property
    def watched_name(self) -> str:
        """The path of the construct."""
        return self.path

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes the one of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Somebody was not told; told to another topic, as this one's channels may all be gone."""
        del thresholds
        yield AlarmRule(
            "DeadLetters", "messages that somebody was not told of", [self._waiting], 1, minutes=1, breaching=1
        )

    def dashboard_sections(self) -> Iterator[Section]:
        """What could not be told."""
        yield Section("Notifications", [[Graph("Messages that were given up", [self._waiting])]])

    @property
    def _waiting(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._dead.name})

    def _channel(self, name: str, channel: NotificationChannel, grants: Grants) -> dict[str, str]:
        """What the function is told of a channel."""
        told = {"name": name, "kind": KINDS[type(channel)]}
        if isinstance(channel, EmailAddresses):
            key = self._key or EncryptionKey.of(self)
            topic = sns.CfnTopic(self, f"Email{name}", kms_master_key_id=key_arn(key))
            for place, address in enumerate(channel.addresses):
                sns.CfnSubscription(
                    self, f"Email{name}{place}", topic_arn=topic.ref, protocol="email", endpoint=address
                )
            grants.allow("sns:Publish", on=topic.ref)
            grants.allow("kms:Decrypt", "kms:GenerateDataKey*", on=key_arn(key))
            return {**told, "topic": topic.ref}
        channel.grant(grants)
        url = {"url": channel.url} if isinstance(channel, PagerDutyService) else {}
        return {**told, "secret": channel.secret.secret_arn, **url}

    def _add_clock(self, quiet: QuietHours, queue: EventQueue) -> None:
        grants = Grants()
        grants.allow("sqs:SendMessage", on=queue.arn)
        role = scheduler_role(self, "ClockRole", description=f"Tells of quiet hours of {self.path}", grants=grants)
        messages = {"Begins": {"quiet": "begins", "seconds": quiet.seconds}, "Ends": {"quiet": "ends"}}
        for name, message in messages.items():
            scheduler.CfnSchedule(
                self,
                name,
                description=f"Quiet hours of {self.path}",
                schedule_expression=QuietHours.cron(quiet.begins if name == "Begins" else quiet.ends),
                schedule_expression_timezone=quiet.time_zone,
                flexible_time_window={"mode": "OFF"},
                target={"arn": queue.arn, "roleArn": role.attr_arn, "input": json.dumps(message)},
            )


def _problems(channels: Mapping[str, NotificationChannel], quiet: QuietHours | None) -> Iterator[Problem | None]:
    if not channels:
        yield Problem("channels", "must name at least one channel, got: none")
    for name, channel in channels.items():
        path = f"channels.{name}"
        yield matches(path, name, r"[a-zA-Z0-9]{1,32}", "named with 1 to 32 letters and digits")
        yield from within(path, channel_problems(channel))
    if quiet:
        yield from within("quiet", quiet.problems())
