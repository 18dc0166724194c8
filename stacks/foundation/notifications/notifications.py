"""What hands the platform's alarms on."""

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns

from sagemaker_constructs.observability.notifications.alarm_notifications import AlarmNotifications
from sagemaker_constructs.observability.notifications.channels import (
    EmailAddresses,
    NotificationChannel,
    PagerDutyService,
    SlackChannel,
    TeamsChannel,
)
from sagemaker_constructs.observability.notifications.quiet_hours import QuietHours
from stacks.foundation.notifications.settings import NotificationSettings


def add_notifications(
    stack: Stack, settings: NotificationSettings, *, topic: sns.ITopic, key: kms.IKey
) -> AlarmNotifications:
    """Tell all channels of the settings of the messages of ``topic``."""

    def secret(name: str) -> secretsmanager.ISecret:
        return secretsmanager.Secret.from_secret_name_v2(stack, f"Secret{len(channels)}", name)

    channels: dict[str, NotificationChannel] = {}
    if settings.slack:
        channels["slack"] = SlackChannel(secret(settings.slack))
    if settings.teams:
        channels["teams"] = TeamsChannel(secret(settings.teams))
    if settings.pagerduty:
        channels["pagerduty"] = PagerDutyService(secret(settings.pagerduty), settings.pagerduty_region)
    if settings.emails:
        channels["emails"] = EmailAddresses(settings.emails)
    hours = settings.quiet_hours
    quiet = QuietHours(hours.time_zone, begins=hours.begins, ends=hours.ends) if hours else None
    return AlarmNotifications(stack, "Notifications", topic=topic, channels=channels, quiet=quiet, encryption_key=key)
