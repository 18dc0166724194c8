"""Endpoints whose model has several containers."""

from typing import ClassVar

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.serving.endpoint_alarms import EndpointAlarms
from sagemaker_constructs.serving.endpoint_dashboard import EndpointDashboard
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.model import Invocation, Model
from sagemaker_constructs.serving.model_artifact import ModelArtifact
from sagemaker_constructs.serving.model_container import ModelContainer
from sagemaker_constructs.serving.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variant import Variant
from stacks.foundation import FoundationStack
from stacks.serving.rollouts import rollout_of
from stacks.serving.scaling import add_scaling
from stacks.serving.startups import startup_of
from stacks.serving.trained_model import TrainedModel
from stacks.settings.containers import ContainerSettings, ContainersSettings


class ContainersStack(Stack):
    """The serving image several times on the same instances, each time with a model of its own."""

    invocation: ClassVar[Invocation]

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: ContainersSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
    ) -> None:
        super().__init__(
            scope,
            id,
            stack_name=stack_name,
            description=f"Serves several containers by {self.invocation} invocation",
        )

        def container(chosen: ContainerSettings) -> ModelContainer:
            if chosen.model is None:
                return trained.container(self, hostname=chosen.name)
            return ModelContainer(trained.image, ModelArtifact.from_path(chosen.model), hostname=chosen.name)

        model = Model(
            self,
            "Model",
            containers=[container(chosen) for chosen in settings.containers],
            invocation=self.invocation,
            placement=foundation.placement,
        )
        variant = Variant(
            model,
            instance_type=settings.instance_type,
            instances=InstanceRange(settings.instances.minimum, settings.instances.maximum),
            startup=startup_of(settings.startup),
        )
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=[variant],
            encryption_key=foundation.key,
            rollout=rollout_of(settings.rollout),
        )
        add_scaling(endpoint, settings.scaling)
        EndpointAlarms(self, "Alarms", watched=[endpoint], topic=foundation.alarms)
        EndpointDashboard(self, "Dashboard", endpoint=endpoint)
        CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)
        CfnOutput(self, "ContainerNames", value=",".join(chosen.name for chosen in settings.containers))


class PipelineStack(ContainersStack):
    """A serial inference pipeline: each container gets what the one before has answered."""

    invocation = "serial"


class DirectStack(ContainersStack):
    """Callers name the container that answers."""

    invocation = "direct"
