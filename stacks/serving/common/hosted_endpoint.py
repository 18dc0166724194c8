"""An endpoint with one model on instances of its own, from its settings."""

from aws_cdk import Stack

from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variants.startup import Startup
from sagemaker_constructs.serving.variants.variant import Variant
from stacks.foundation.stack import FoundationStack
from stacks.serving.common.autoscaling import add_scaling
from stacks.serving.common.hosted import HostedSettings
from stacks.serving.observation.observation import Observation


def add_endpoint(
    stack: Stack, model: Model, *, settings: HostedSettings, foundation: FoundationStack, observation: Observation
) -> None:
    """Serve ``model``, scaled and watched as the settings say."""
    variant = Variant(
        model,
        instance_type=settings.instance_type,
        instances=settings.instances.option(),
        startup=settings.startup.option() if settings.startup else Startup(),
    )
    endpoint = RealTimeEndpoint(
        stack,
        "Endpoint",
        variants=[variant],
        encryption_key=foundation.key,
        rollout=settings.rollout.option() if settings.rollout else None,
        log_retention_days=observation.log_retention_days,
    )
    add_scaling(endpoint, settings.scaling)
    observation.watch(stack, endpoint)
