"""A job by the clock."""

from collections.abc import Mapping

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.core.problems import reject
from sagemaker_constructs.core.schedules import (
    ScheduleLike,
    schedule_problem,
    schedule_text,
    scheduler_role,
    time_zone_of,
    time_zone_problem,
)
from sagemaker_constructs.jobs.json_text import json_text


class JobSchedule(BaseConstruct):
    """Starts a job at fixed times; make one with ``schedule`` of a job definition.

    EventBridge Scheduler calls the job's service itself, and repeats a call that failed for up to a day.

    Provisions: one ``AWS::Scheduler::Schedule`` and its ``AWS::IAM::Role``.
    Raises ``InvalidInput`` for an expression that is neither ``cron(…)``, ``rate(…)`` nor ``at(…)``.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        call: str,
        words: str,
        schedule: str | ScheduleLike,
        timezone: str,
        request: Mapping[str, object],
        grants: Grants,
    ) -> None:
        """``request`` is the input of ``call``, such as ``sagemaker:createTrainingJob``; ``grants`` let it call that.

        ``words`` name the job in descriptions.
        """
        super().__init__(scope, id)
        expression = schedule_text(schedule)
        reject(
            self,
            [schedule_problem("schedule", expression), time_zone_problem("timezone", schedule, timezone)],
        )
        role = scheduler_role(self, description=f"Starts {words}s for the schedule {self.path}", grants=grants)
        self.resource: scheduler.CfnSchedule = scheduler.CfnSchedule(
            self,
            "Resource",
            description=f"{words.capitalize()} of {self.path}",
            schedule_expression=expression,
            schedule_expression_timezone=time_zone_of(schedule, timezone),
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": f"arn:{partition()}:scheduler:::aws-sdk:{call}",
                "roleArn": role.attr_arn,
                "input": json_text(self, request),
            },
        )
        self.schedule_name: str = self.resource.ref
