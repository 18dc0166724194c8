"""An instance that starts and stops by the clock."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.core.schedules import schedule_problem, scheduler_role
from sagemaker_constructs.jobs.json_text import json_text


@dataclass(frozen=True)
class OfficeHours:
    """When an instance is stopped, whatever is done on it, and when it starts.

    ``stop`` and ``start`` are expressions of EventBridge Scheduler, such as ``cron(0 19 ? * MON-FRI *)``, in
    ``time_zone``, an IANA name such as ``Europe/Berlin``. ``start`` defaults to none: people start it themselves.

    A call that fails is repeated for ten minutes and no longer: an instance that was stopped already would otherwise
    be stopped later, when somebody has started it again.

    Provisions: one ``AWS::Scheduler::Schedule`` for each of the two, and an ``AWS::IAM::Role`` that may start and
    stop this one instance.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """

    stop: str
    start: str | None = None
    time_zone: str = "UTC"

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        yield schedule_problem("stop", self.stop)
        if self.start is not None:
            yield schedule_problem("start", self.start)
            if self.start == self.stop:
                yield Problem("start", f"must differ from stop, got twice: {self.start}")
        yield matches("time_zone", self.time_zone, r"[A-Za-z]+([A-Za-z0-9_+/-]*[A-Za-z0-9])?", "an IANA name")

    def bind(self, scope: Construct, id: str, *, name: str, arn: str) -> None:
        """Start and stop the instance ``name``."""
        place = BaseConstruct(scope, id)
        times = {"Stop": self.stop, **({"Start": self.start} if self.start else {})}
        grants = Grants()
        grants.allow(*(f"sagemaker:{verb}NotebookInstance" for verb in times), on=arn)
        role = scheduler_role(
            place, description=f"Starts and stops the notebook instance of {place.path}", grants=grants
        )
        for verb, expression in times.items():
            scheduler.CfnSchedule(
                place,
                verb,
                description=f"{verb}s the notebook instance of {place.path}",
                schedule_expression=expression,
                schedule_expression_timezone=self.time_zone,
                flexible_time_window={"mode": "OFF"},
                target={
                    "arn": f"arn:{partition()}:scheduler:::aws-sdk:sagemaker:{verb.lower()}NotebookInstance",
                    "roleArn": role.attr_arn,
                    "input": json_text(place, {"NotebookInstanceName": name}),
                    "retryPolicy": {"maximumEventAgeInSeconds": 600, "maximumRetryAttempts": 10},
                },
            )
