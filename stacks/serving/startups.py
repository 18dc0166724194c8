"""Time to start, from its settings."""

from aws_cdk import Duration

from sagemaker_constructs.serving.variants.startup import Startup
from stacks.settings.capacity import StartupSettings


def startup_of(chosen: StartupSettings | None) -> Startup:
    """The limits; SageMaker's own where nothing is said."""
    if chosen is None:
        return Startup()
    return Startup(
        download_timeout=Duration.minutes(chosen.download_minutes) if chosen.download_minutes else None,
        health_check_timeout=Duration.minutes(chosen.health_check_minutes) if chosen.health_check_minutes else None,
    )
