"""An endpoint with one model on instances of its own, from its settings."""

from aws_cdk import Stack

from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant
from stacks.foundation import FoundationStack
from stacks.serving.observation import Observation
from stacks.serving.rollouts import rollout_of
from stacks.serving.scaling import add_scaling
from stacks.serving.startups import startup_of
from stacks.settings.hosted import HostedSettings


def add_endpoint(
    stack: Stack, model: Model, *, settings: HostedSettings, foundation: FoundationStack, observation: Observation
) -> None:
    """Serve ``model``, scaled and watched as the settings say."""
    variant = Variant(
        model,
        instance_type=settings.instance_type,
        instances=InstanceRange(settings.instances.minimum, settings.instances.maximum),
        startup=startup_of(settings.startup),
    )
    endpoint = RealTimeEndpoint(
        stack,
        "Endpoint",
        variants=[variant],
        encryption_key=foundation.key,
        rollout=rollout_of(settings.rollout),
        log_retention_days=observation.log_retention_days,
    )
    add_scaling(endpoint, settings.scaling)
    observation.watch(stack, endpoint)
