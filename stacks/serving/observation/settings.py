"""What is kept and reported of every endpoint."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.retained_logs import retention_problem
from stacks.configuration.section import SettingsSection

Percent = Annotated[int, Field(ge=1, le=100)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class AlarmSettings(SettingsSection):
    """Where the default alarms of the endpoints begin; all of them go to one topic."""

    errors_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    """Server errors, and likewise errors of the model, of serverless endpoints and components in a minute."""
    memory_percent: Percent = 90
    """Memory in use for five minutes."""
    disk_percent: Percent = 90
    """Disk space in use for five minutes."""
    oldest_request_minutes: Minutes = 15
    """Age of the oldest request that waits at the asynchronous endpoint."""
    waking_minutes: Minutes = 15
    """Minutes for which requests may find no instance or copy before waking counts as failed."""

    def option(self) -> AlarmThresholds:
        """The thresholds of the construct."""
        return AlarmThresholds(
            errors=self.errors_per_minute,
            memory_percent=self.memory_percent,
            disk_percent=self.disk_percent,
            oldest_request=minutes(self.oldest_request_minutes),
            waking=minutes(self.waking_minutes),
        )


class ObservabilitySettings(SettingsSection):
    """What is kept and reported of every endpoint."""

    log_retention_days: Annotated[int, Field(ge=1, le=3653)] = 365
    """Days for which the containers' logs are kept; one of those that CloudWatch supports, such as 30 or 365."""
    alarms: AlarmSettings = AlarmSettings()
    """Where alarms begin."""

    def problems(self) -> Iterator[Problem | None]:
        """What CloudWatch would refuse."""
        yield retention_problem("log_retention_days", self.log_retention_days)
