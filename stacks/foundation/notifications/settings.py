"""Who is told of alarms, and when they sleep."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.fields.kit import matching
from stacks.configuration.section import SettingsSection
from stacks.foundation.fields import EmailAddress

SecretName = Annotated[
    str, matching(r"^[A-Za-z0-9/_+=.@-]{1,500}$", "the name of a secret: letters, digits and / _ + = . @ -")
]
TimeOfDay = Annotated[str, matching(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time such as 07:30")]
TimeZone = Annotated[
    str, matching(r"^[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}$", "the name of a time zone, such as Europe/Zurich")
]


class QuietHoursSettings(SettingsSection):
    """When warnings wait until the end, and come as one message; critical alarms do not."""

    time_zone: TimeZone = "UTC"
    """Time zone of the two times."""
    begins: TimeOfDay = "20:00"
    """When they begin, each day."""
    ends: TimeOfDay = "07:00"
    """When they end, each day."""

    def problems(self) -> Iterator[Problem | None]:
        """Hours that never end."""
        if self.begins == self.ends:
            yield Problem("ends", f"must be another time than begins, got: {self.ends}")


class NotificationSettings(SettingsSection):
    """Hands alarms on to chats, on-call services and people; webhooks and keys are secrets of Secrets Manager."""

    slack: SecretName | None = None
    """Secret with the URL of an incoming webhook of Slack."""
    teams: SecretName | None = None
    """Secret with the URL of a workflow of Microsoft Teams that posts Adaptive Cards."""
    pagerduty: SecretName | None = None
    """Secret with the integration key of PagerDuty's Events API v2."""
    pagerduty_region: Literal["us", "eu"] = "us"
    """Where the account of PagerDuty is."""
    emails: Annotated[tuple[EmailAddress, ...], Field(min_length=0, max_length=50)] = ()
    """Addresses that get alarms as text, and in the morning what was told in quiet hours."""
    quiet_hours: QuietHoursSettings | None = None
    """When warnings wait; left out, everything is told at once."""

    def problems(self) -> Iterator[Problem | None]:
        """Nobody to tell."""
        if not (self.slack or self.teams or self.pagerduty or self.emails):
            yield Problem("", "must name at least one of slack, teams, pagerduty and emails, got: none")
