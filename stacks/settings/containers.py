"""Endpoints whose model has several containers: a serial pipeline, or containers that callers choose."""

from typing import Annotated

from pydantic import Field

from stacks.settings.capacity import InstanceRange, StartupSettings
from stacks.settings.fields import HostingInstanceType
from stacks.settings.rollout import RolloutSettings
from stacks.settings.scaling import ScalingSettings
from stacks.settings.section import Section
from stacks.settings.serving_fields import HostName, ModelFolder


class ContainerSettings(Section):
    """The serving image with a model."""

    name: HostName
    """Name of the container, unique on the endpoint."""
    model: ModelFolder | None = None
    """Folder of the project that becomes the container's model, with a script; left out, the trained model."""


class ContainersSettings(Section):
    """Several containers on the same instances."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: InstanceRange
    """Number of instances; a range needs `scaling` beside it."""
    containers: Annotated[tuple[ContainerSettings, ...], Field(min_length=2, max_length=15)]
    """The containers, in their order."""
    scaling: ScalingSettings | None = None
    """Autoscaling within `instances`; left out, the number of instances is fixed."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""


class PipelineSettings(ContainersSettings):
    """A serial inference pipeline: each container gets what the one before has answered."""


class DirectSettings(ContainersSettings):
    """Containers that callers choose by name, in `TargetContainerHostname`."""
