"""All stacks of one environment."""

from typing import Any

from aws_cdk import Environment, PermissionsBoundary, Stack, Stage
from constructs import Construct

from sagemaker_constructs.core.tagging import add_tags
from stacks.foundation.stack import FoundationStack
from stacks.platform import CAPABILITIES
from stacks.serving.observation.observation import Observation
from stacks.settings import PlatformSettings
from stacks.training.stack import TrainingStack
from stacks.training.trained_model import ApprovedPointer, TrainedModel


class Platform(Stage):
    """The platform of one environment: foundation → training → every capability that the settings name."""

    def __init__(self, scope: Construct, id: str, *, settings: PlatformSettings) -> None:
        env = Environment(account=settings.account, region=settings.region)
        bootstrap = settings.bootstrap
        boundary = bootstrap.permissions_boundary if bootstrap else None
        super().__init__(
            scope,
            id,
            env=env,
            permissions_boundary=PermissionsBoundary.from_name(boundary) if boundary else None,
        )
        if bootstrap and bootstrap.qualifier:
            self.node.set_context("@aws-cdk/core:bootstrapQualifier", bootstrap.qualifier)
        prefix = f"{settings.platform}-{settings.environment}"
        artifact_parameter = f"/{settings.platform}/{settings.environment}/model-artifact-url"

        self.foundation = FoundationStack(
            self, "foundation", settings=settings, stack_name=f"{prefix}-foundation", env=env
        )
        made: dict[str, Stack] = {}
        for capability in CAPABILITIES:
            section = settings.section(capability.section)
            if capability.first and section is not None:
                made[capability.section] = capability.stack()(
                    self,
                    capability.id,
                    settings=section,
                    foundation=self.foundation,
                    retain=settings.data.retain,
                    stack_name=f"{prefix}-{capability.id}",
                    env=env,
                )
        trained = observation = None
        if settings.training and settings.serving:
            tracking: Any = made.get("tracking")
            self.training = TrainingStack(
                self,
                "training",
                settings=settings.training,
                tags=settings.tags,
                foundation=self.foundation,
                artifact_parameter=artifact_parameter,
                tracking=tracking.trainings if tracking else None,
                stack_name=f"{prefix}-training",
                env=env,
            )
            trained = TrainedModel(
                settings.serving.image,
                artifact_parameter,
                self.foundation,
                self.training.definition,
                settings.training.instance_type,
                ApprovedPointer(
                    f"/{settings.platform}/{settings.environment}/approved-model",
                    f"/{settings.platform}/{settings.environment}/model-package-group",
                    [f"{prefix}-real-time"] if settings.follows_approval else [],
                ),
            )
            observation = Observation(settings.serving.observability, self.foundation.alarms)
        for capability in CAPABILITIES:
            section = settings.section(capability.section)
            if section is None or capability.first:
                continue
            stack: Stack = capability.stack()(
                self,
                capability.id,
                settings=section,
                foundation=self.foundation,
                trained=trained,
                observation=observation,
                stack_name=f"{prefix}-{capability.id}",
            )
            if capability.model:
                stack.add_stack_dependency(self.training, "the model artifact's parameter")
            for before in capability.after:
                if before in made:
                    stack.add_stack_dependency(made[before])
            made[capability.section] = stack

        add_tags(self, {"platform": settings.platform, "environment": settings.environment, **settings.tags})
