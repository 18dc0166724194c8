"""All stacks of one environment."""

from typing import Protocol, TypeVar

from aws_cdk import Environment, Stack, Stage, Tags
from constructs import Construct

from stacks.foundation import FoundationStack
from stacks.serving.asynchronous import AsynchronousStack
from stacks.serving.batch_transform import BatchTransformStack
from stacks.serving.containers import DirectStack, PipelineStack
from stacks.serving.multi_model import MultiModelStack
from stacks.serving.observation import Observation
from stacks.serving.real_time import RealTimeStack
from stacks.serving.serverless import ServerlessStack
from stacks.serving.shadow_test import ShadowTestStack
from stacks.serving.shared import SharedStack
from stacks.serving.trained_model import TrainedModel
from stacks.settings import PlatformSettings
from stacks.training import TrainingStack

Settings = TypeVar("Settings", contravariant=True)


class ServingStack(Protocol[Settings]):
    """What all ways of serving are made of."""

    def __call__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
    ) -> Stack:
        """The stack, below ``scope``."""
        ...


class Platform(Stage):
    """The platform of one environment: foundation → training → every way of serving that the settings name."""

    def __init__(self, scope: Construct, id: str, *, settings: PlatformSettings) -> None:
        env = Environment(account=settings.account, region=settings.region)
        super().__init__(scope, id, env=env)
        self._prefix = f"{settings.platform}-{settings.environment}"
        artifact_parameter = f"/{settings.platform}/{settings.environment}/model-artifact-url"

        self.foundation = FoundationStack(
            self, "foundation", settings=settings, stack_name=f"{self._prefix}-foundation", env=env
        )
        self.training = TrainingStack(
            self,
            "training",
            settings=settings,
            foundation=self.foundation,
            artifact_parameter=artifact_parameter,
            stack_name=f"{self._prefix}-training",
            env=env,
        )
        serving = settings.serving
        self._trained = TrainedModel(serving.image, artifact_parameter, self.foundation)
        self._observation = Observation(serving.observability, self.foundation.alarms)
        self._serve("real-time", RealTimeStack, serving.real_time)
        self._serve("shadow-test", ShadowTestStack, serving.shadow_test)
        self._serve("pipeline", PipelineStack, serving.pipeline)
        self._serve("direct", DirectStack, serving.direct)
        self._serve("serverless", ServerlessStack, serving.serverless)
        self._serve("asynchronous", AsynchronousStack, serving.asynchronous)
        self._serve("multi-model", MultiModelStack, serving.multi_model)
        self._serve("shared", SharedStack, serving.shared)
        self._serve("batch-transform", BatchTransformStack, serving.batch_transform)

        Tags.of(self).add("platform", settings.platform)
        Tags.of(self).add("environment", settings.environment)
        for key, value in settings.tags.items():
            Tags.of(self).add(key, value)

    def _serve(self, id: str, way: ServingStack[Settings], settings: Settings | None) -> None:
        if settings is None:
            return
        stack = way(
            self,
            id,
            settings=settings,
            foundation=self.foundation,
            trained=self._trained,
            observation=self._observation,
            stack_name=f"{self._prefix}-{id}",
        )
        stack.add_stack_dependency(self.training, "the model artifact's parameter")
