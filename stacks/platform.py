"""All stacks of one environment."""

from aws_cdk import Environment, Stage, Tags
from constructs import Construct

from stacks.foundation import FoundationStack
from stacks.serving import ServingStack
from stacks.settings import PlatformSettings
from stacks.training import TrainingStack


class Platform(Stage):
    """The platform of one environment: foundation → training → serving."""

    def __init__(self, scope: Construct, id: str, *, settings: PlatformSettings) -> None:
        env = Environment(account=settings.account, region=settings.region)
        super().__init__(scope, id, env=env)
        prefix = f"{settings.platform}-{settings.environment}"
        # Not a reference between the stacks, so that a new model never locks or replaces what it came from.
        artifact_parameter = f"/{settings.platform}/{settings.environment}/model-artifact-url"

        self.foundation = FoundationStack(
            self, "foundation", settings=settings, stack_name=f"{prefix}-foundation", env=env
        )
        self.training = TrainingStack(
            self,
            "training",
            settings=settings,
            foundation=self.foundation,
            artifact_parameter=artifact_parameter,
            stack_name=f"{prefix}-training",
            env=env,
        )
        self.serving = ServingStack(
            self,
            "serving",
            settings=settings,
            foundation=self.foundation,
            artifact_parameter=artifact_parameter,
            stack_name=f"{prefix}-serving",
            env=env,
        )
        self.serving.add_stack_dependency(self.training, "the model artifact's parameter")

        Tags.of(self).add("platform", settings.platform)
        Tags.of(self).add("environment", settings.environment)
        for key, value in settings.tags.items():
            Tags.of(self).add(key, value)
