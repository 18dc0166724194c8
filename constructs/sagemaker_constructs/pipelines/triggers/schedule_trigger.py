"""A start at fixed times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.schedules import (
    ScheduleLike,
    schedule_problem,
    schedule_text,
    scheduler_role,
    time_zone_of,
    time_zone_problem,
)
from sagemaker_constructs.pipelines.triggers.event_text import EventText
from sagemaker_constructs.pipelines.triggers.trigger import StartQueues, Trigger

_EVENT = ',"event":{"time":"<aws.scheduler.scheduled-time>"}}'


@dataclass(frozen=True)
class ScheduleTrigger(Trigger):
    """Starts a pipeline at the times of ``schedule``: ``cron(0 3 * * ? *)``, ``rate(1 day)``, or a CDK schedule.

    ``timezone`` is an IANA name, such as ``Europe/Berlin``: cron expressions follow its summer time. Each scheduled
    time starts the pipeline once, however often EventBridge Scheduler delivers it. ``EventText("{time}")`` is that
    time, as ``2026-11-29T03:00:00Z``.

    Provisions: one ``AWS::Scheduler::Schedule`` and its ``AWS::IAM::Role``.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """

    schedule: str | ScheduleLike
    timezone: str = "UTC"

    @property
    def identity(self) -> Sequence[str]:
        """The scheduled time."""
        return ("time",)

    def connect(self, scope: Construct, id: str, *, queues: StartQueues, message: str) -> str | None:
        """Make the schedule and its role; there is no rule."""
        grants = Grants()
        grants.allow("sqs:SendMessage", on=[queues.starts, queues.dead_letters])
        role = scheduler_role(
            scope, f"{id}Role", description=f"Starts a pipeline for {path_of(scope)}", grants=grants
        )
        scheduler.CfnSchedule(
            scope,
            id,
            schedule_expression=schedule_text(self.schedule),
            schedule_expression_timezone=time_zone_of(self.schedule, self.timezone),
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": queues.starts,
                "roleArn": role.attr_arn,
                "input": message + _EVENT,
                "deadLetterConfig": {"arn": queues.dead_letters},
            },
        )
        return None

    def problems(self) -> Iterator[Problem | None]:
        """Rules: an expression of EventBridge Scheduler, one time zone, and values that a schedule has."""
        yield from super().problems()
        yield schedule_problem("schedule", schedule_text(self.schedule))
        yield time_zone_problem("timezone", self.schedule, self.timezone)
        for name, value in self.parameters.items():
            if isinstance(value, EventText) and {*value.fields} - {"time"}:
                yield Problem(f"parameters.{name}", f"may have the field {{time}} alone, got: {value.text!r}")
