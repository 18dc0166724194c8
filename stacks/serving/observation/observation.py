"""What every endpoint of the platform gets so that it can be seen: kept logs, alarms, a dashboard."""

from dataclasses import dataclass

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_sns as sns

from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.observability.dashboard import Dashboard
from sagemaker_constructs.observability.watchable import Watchable
from sagemaker_constructs.serving.advice.inference_advisor import InferenceAdvisor, Served
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase
from stacks.serving.common.workload import WorkloadSettings
from stacks.serving.observation.settings import ObservabilitySettings


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
        Alarms(stack, "Alarms", watched=watched, topic=self.topic, thresholds=self.settings.alarms.option())
        Dashboard(stack, "Dashboard", watched=watched)
        CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

    def judge(self, endpoint: Served, workload: WorkloadSettings | None) -> None:
        """Warn where ``endpoint`` cannot take ``workload``; nothing happens where nothing is said."""
        if workload:
            InferenceAdvisor.check(endpoint, workload.option())
