"""What every endpoint of the platform gets so that it can be seen: kept logs, alarms, a dashboard."""

from dataclasses import dataclass

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_sns as sns

from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.observability.dashboard import Dashboard
from sagemaker_constructs.observability.watchable import Watchable
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from stacks.settings.observability import ObservabilitySettings


@dataclass(frozen=True)
class Observation:
    """The settings of observability, and the topic that all alarms go to."""

    settings: ObservabilitySettings
    topic: sns.ITopic

    @property
    def log_retention_days(self) -> int:
        """For how long the logs of a container are kept."""
        return self.settings.log_retention_days

    def watch(self, stack: Stack, endpoint: EndpointBase, *components: Watchable) -> None:
        """Add alarms and a dashboard to ``stack``, and the endpoint's name to its outputs."""
        watched = [endpoint, *components]
        Alarms(stack, "Alarms", watched=watched, topic=self.topic, thresholds=self._thresholds())
        Dashboard(stack, "Dashboard", watched=watched)
        CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

    def _thresholds(self) -> AlarmThresholds:
        chosen = self.settings.alarms
        return AlarmThresholds(
            errors=chosen.errors_per_minute,
            memory_percent=chosen.memory_percent,
            disk_percent=chosen.disk_percent,
            oldest_request=Duration.minutes(chosen.oldest_request_minutes),
            waking=Duration.minutes(chosen.waking_minutes),
        )
