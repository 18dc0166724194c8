"""Does something about drift."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, matches, one_of, reject, within
from sagemaker_constructs.monitoring.challenger.challenger_comparison import ChallengerComparison
from sagemaker_constructs.monitoring.drift_monitor import DriftMonitor
from sagemaker_constructs.monitoring.reactions.reaction import Reaction
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.log_lines import LogLines
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.expiring_table import ExpiringTable

_FUNCTION_SECONDS = 60
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
_RECEIVED_AT_MOST = 1000
_OF_MONITORS, _OF_COMPARISONS = ("drifted", "worse", "biased", "severe"), ("promote", "keep")


class DriftReactions(BaseConstruct):
    """Does each of ``reactions``, which have names of letters and digits, about windows of ``monitor``.

    ``monitor`` is a ``DriftMonitor``, or a ``ChallengerComparison`` with what it recommends.

    Each is done once for a window, however often its event comes, and not again within its cool-down: drift lasts for
    many windows. What is not possible yet, such as while an endpoint is being updated, is tried again for four days;
    what never is lies in a queue of dead letters for fourteen days, with the reason. Every decision is an item of a
    table for a year, and a line in the log: which reaction, because of what, what was done, or why nothing was.

    To train again, use a ``DriftTrigger``.

    Provisions: an ``AWS::Events::Rule`` for each reaction, two ``AWS::SQS::Queue``, an ``AWS::DynamoDB::Table``
    (deleted with the stack), a function with role and logs and its ``AWS::Lambda::EventSourceMapping``.
    Raises ``InvalidInput`` for no reactions, variants that there are not, and cool-downs below a minute or above 30
    days.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        monitor: DriftMonitor | ChallengerComparison,
        reactions: Mapping[str, Reaction],
    ) -> None:
        super().__init__(scope, id)
        compares = isinstance(monitor, ChallengerComparison)
        reject(self, _problems(reactions, _OF_COMPARISONS if compares else _OF_MONITORS))
        self._dead: EventQueue = EventQueue(self, "DeadLetters")
        acknowledge(
            self._dead.resource, "AwsSolutions-SQS3", reason="It is itself the queue of what could not be done."
        )
        queue = EventQueue(
            self,
            "Queue",
            visibility_timeout=_VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": self._dead.arn, "maxReceiveCount": _RECEIVED_AT_MOST},
        )
        holds = "It holds what was done about drift in the last year, which is in the log, too."
        table = ExpiringTable(self, "Done", key="Entry", holds=holds)
        self.table_name: str = table.name
        self._monitor_name = monitor.monitor_name
        function = LibraryFunction(
            self,
            "Function",
            code="react",
            handler="handler.handler",
            description=f"Reacts to drift for {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs, and what fails is kept; it calls AWS's own API alone, and "
            "its environment names resources.",
            environment={"TABLE": table.name, "QUEUE": queue.url, "DEAD_LETTERS": self._dead.url},
            grants=self._grants(reactions, table.arn, queue.arn),
        )
        self._log_group = function.log_group
        lambda_.CfnEventSourceMapping(
            self,
            "Events",
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=1,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximumConcurrency": 2},
        )
        rules = [self._rule(name, each, monitor, queue) for name, each in reactions.items()]
        protect(self, [queue, self._dead], told=[queue, self._dead], rules=rules)

    @property
    def watched_name(self) -> str:
        """The monitor's name."""
        return self._monitor_name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes the one of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A reaction was given up."""
        del thresholds
        yield AlarmRule("DeadLetters", "reactions given up", [self._given_up], 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """What was done, or why nothing was, and reactions that were given up."""
        lines = LogLines("What was done", [self._log_group], '"reaction"')
        yield Section(f"Reactions to {self.watched_name}", [[lines, Graph("Reactions given up", [self._given_up])]])

    @property
    def _given_up(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._dead.name})

    def _rule(
        self, name: str, reaction: Reaction, monitor: DriftMonitor | ChallengerComparison, queue: EventQueue
    ) -> str:
        told = {
            "name": name,
            "kind": reaction.kind,
            "coolDown": reaction.cool_down_seconds,
            "settings": dict(reaction.settings()),
        }
        text = (
            json.dumps({"reaction": told}, separators=(",", ":"))[:-1].replace("<", "\\u003c").replace(">", "\\u003e")
        )
        rule = events.CfnRule(
            self,
            f"On{name}",
            event_pattern=monitor.event_pattern(cast(Any, reaction.on)),
            targets=[
                {
                    "id": "Reaction",
                    "arn": queue.arn,
                    "inputTransformer": {"inputTemplate": text + ',"event":<aws.events.event.json>}'},
                    "deadLetterConfig": {"arn": self._dead.arn},
                }
            ],
        )
        return rule.attr_arn

    def _grants(self, reactions: Mapping[str, Reaction], table: str, queue: str) -> Grants:
        grants = Grants()
        for each in reactions.values():
            grants.include(each.grants(self.location))
        grants.allow(*(f"dynamodb:{verb}" for verb in ("GetItem", "PutItem")), on=table)
        grants.allow(
            *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"),
            on=queue,
        )
        grants.allow("sqs:SendMessage", on=self._dead.arn)
        return grants


def _problems(reactions: Mapping[str, Reaction], causes: Sequence[str]) -> Iterator[Problem | None]:
    if not reactions:
        yield Problem("reactions", "must name at least one reaction, got: none")
    for name, reaction in reactions.items():
        path = f"reactions.{name}"
        yield matches(path, name, r"[a-zA-Z0-9]{1,32}", "named with 1 to 32 letters and digits")
        yield from within(path, [*reaction.problems(), one_of("on", reaction.on, causes)])
