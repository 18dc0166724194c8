"""What every endpoint of the platform gets so that it can be seen: kept logs, alarms, a dashboard."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_sns as sns

from sagemaker_constructs.observability.alarms import EndpointAlarms
from sagemaker_constructs.observability.dashboard import EndpointDashboard
from sagemaker_constructs.serving.advice.inference_advisor import InferenceAdvisor, Served
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.variants.variant import Variant
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

    def watch(
        self,
        stack: Stack,
        endpoint: RealTimeEndpoint | ServerlessEndpoint | AsyncEndpoint | SharedEndpoint,
        *,
        variants: Sequence[Variant] = (),
        components: Sequence[InferenceComponent] = (),
    ) -> None:
        """Add alarms and a dashboard to ``stack``, and the endpoint's name to its outputs."""
        EndpointAlarms(
            stack,
            "Alarms",
            watched=[endpoint, *components],
            topic=self.topic,
            thresholds=self.settings.alarms.option(),
        )
        EndpointDashboard(stack, "Dashboard", endpoint=endpoint, variants=variants, components=components)
        CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

    def judge(self, endpoint: Served, workload: WorkloadSettings | None) -> None:
        """Warn where ``endpoint`` cannot take ``workload``; nothing happens where nothing is said."""
        if workload:
            InferenceAdvisor.check(endpoint, workload.option())
