"""Endpoints whose model has several containers."""

from typing import ClassVar

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.models.model import Invocation, Model
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from stacks.foundation.stack import FoundationStack
from stacks.serving.common.hosted_endpoint import add_endpoint
from stacks.serving.containers.settings import ContainerSettings, ContainersSettings
from stacks.serving.observation.observation import Observation
from stacks.training.trained_model import TrainedModel


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
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
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
        add_endpoint(self, model, settings=settings, foundation=foundation, observation=observation)
        CfnOutput(self, "ContainerNames", value=",".join(chosen.name for chosen in settings.containers))


class PipelineStack(ContainersStack):
    """A serial inference pipeline: each container gets what the one before has answered."""

    invocation = "serial"


class DirectStack(ContainersStack):
    """Callers name the container that answers."""

    invocation = "direct"
