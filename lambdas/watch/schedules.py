"""The schedule that looks at a job every minute while it runs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from lambdas.watch.job_log import CalledApi

_SPARE_SECONDS = 24 * 3600
"""For the time before a job starts: then the schedule ends, whatever has become of it."""


@dataclass(frozen=True)
class LookSchedules:
    """Schedules of one group, each called as the job that it looks at.

    ``function`` is what they call, ``role`` what they call it as. They end by themselves, so that nothing is left
    when the event of a job's end gets lost.

    See https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """

    api: CalledApi
    group: str
    role: str
    function: str
    now: Callable[[], float]

    def begin(self, job: str, longest_seconds: int) -> None:
        """Look every minute; nothing changes for a job that is looked at already."""
        try:
            self.api.call(
                "create_schedule",
                Name=job,
                GroupName=self.group,
                ScheduleExpression="rate(1 minute)",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": self.function, "RoleArn": self.role, "Input": json.dumps({"job": job})},
                EndDate=datetime.fromtimestamp(self.now() + longest_seconds + _SPARE_SECONDS, UTC),
                ActionAfterCompletion="DELETE",
            )
        except Exception as error:
            if self.api.code_of(error) != "ConflictException":
                raise

    def end(self, job: str) -> None:
        """Look no more."""
        try:
            self.api.call("delete_schedule", Name=job, GroupName=self.group)
        except Exception as error:
            if self.api.code_of(error) != "ResourceNotFoundException":
                raise
