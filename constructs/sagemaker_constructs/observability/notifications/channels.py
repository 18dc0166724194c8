"""Ways to those who are told of alarms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_secretsmanager as secretsmanager

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, one_of
from sagemaker_constructs.core.tokens import is_token

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_PAGERDUTY = {"us": "https://events.pagerduty.com/v2/enqueue", "eu": "https://events.eu.pagerduty.com/v2/enqueue"}


@dataclass(frozen=True)
class SecretChannel:
    """A channel whose ``secret`` in Secrets Manager is the text itself, or JSON with one value.

    The function reads it whenever it tells of something, so that a new value needs no deployment.
    """

    secret: secretsmanager.ISecret

    def grant(self, grants: Grants) -> None:
        """Let the function read the secret."""
        grants.allow("secretsmanager:GetSecretValue", on=self.secret.secret_arn)
        if self.secret.encryption_key:
            grants.allow("kms:Decrypt", on=self.secret.encryption_key.key_arn)


@dataclass(frozen=True)
class SlackChannel(SecretChannel):
    """A channel of Slack; the secret is the URL of an incoming webhook.

    See https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    """


@dataclass(frozen=True)
class TeamsChannel(SecretChannel):
    """A channel of Microsoft Teams; the secret is the URL of a workflow that posts Adaptive Cards to it.

    The workflow is the template "Post to a channel when a webhook request is received"; connectors of Office 365 are
    retired.

    See https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    """


@dataclass(frozen=True)
class PagerDutyService(SecretChannel):
    """A service of PagerDuty; the secret is the integration key of its Events API v2.

    An alarm opens an alert, and resolves it when it ends. ``service_region`` is ``us`` or ``eu``, where the account
    is. What is no alarm is not told.

    See https://developer.pagerduty.com/docs/send-alert-event
    """

    service_region: Literal["us", "eu"] = "us"

    @property
    def url(self) -> str:
        """Where events are sent."""
        return _PAGERDUTY[self.service_region]


@dataclass(frozen=True)
class EmailAddresses:
    """People who get e-mail, once each has confirmed the subscription.

    See https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
    """

    addresses: Sequence[str]


NotificationChannel = SlackChannel | TeamsChannel | PagerDutyService | EmailAddresses
KINDS: dict[type[object], str] = {
    SlackChannel: "slack",
    TeamsChannel: "teams",
    PagerDutyService: "pagerduty",
    EmailAddresses: "email",
}


def channel_problems(channel: NotificationChannel) -> Iterator[Problem | None]:
    """What nobody would be told by."""
    if isinstance(channel, EmailAddresses):
        if not channel.addresses:
            yield Problem("addresses", "must name at least one address, got: none")
        yield no_more_than("addresses", channel.addresses, 50)
        for place, each in enumerate(channel.addresses):
            if not is_token(each):
                yield matches(f"addresses[{place}]", each, _EMAIL, "an address such as team@example.com")
    if isinstance(channel, PagerDutyService):
        yield one_of("service_region", channel.service_region, _PAGERDUTY)
