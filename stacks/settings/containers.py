"""Endpoints whose model has several containers: a serial pipeline, or containers that callers choose."""

from typing import Annotated

from pydantic import Field

from stacks.settings.hosted import HostedSettings
from stacks.settings.section import Section
from stacks.settings.serving_fields import HostName, ModelFolder


class ContainerSettings(Section):
    """The serving image with a model."""

    name: HostName
    """Name of the container, unique on the endpoint."""
    model: ModelFolder | None = None
    """Folder of the project that becomes the container's model, with a script; left out, the trained model."""


class ContainersSettings(HostedSettings):
    """Several containers on the same instances."""

    containers: Annotated[tuple[ContainerSettings, ...], Field(min_length=2, max_length=15)]
    """The containers, in their order."""


class PipelineSettings(ContainersSettings):
    """A serial inference pipeline: each container gets what the one before has answered."""


class DirectSettings(ContainersSettings):
    """Containers that callers choose by name, in `TargetContainerHostname`."""
