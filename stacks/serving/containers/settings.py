"""What endpoints with several containers are told."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, unique
from stacks.configuration.fields.folders import ModelFolder, folder_problem
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.serving.common.fields import HostName
from stacks.serving.common.hosted import HostedSettings


class ContainerSettings(SettingsSection):
    """The serving image with a model."""

    name: HostName
    """Name of the container, unique on the endpoint."""
    model: ModelFolder | None = None
    """Folder of the project that becomes the container's model, with a script; left out, the trained model."""

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """The folder of the model exists and holds a script."""
        if self.model is not None:
            yield folder_problem("model", self.model, around, holds="code/inference.py")


class ContainersSettings(HostedSettings):
    """Several containers on the same instances."""

    containers: Annotated[tuple[ContainerSettings, ...], Field(min_length=2, max_length=15)]
    """The containers, in their order."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from unique({f"containers[{index}].name": each.name for index, each in enumerate(self.containers)})
        yield from super().problems()


class PipelineSettings(ContainersSettings):
    """A serial inference pipeline: each container gets what the one before has answered."""


class DirectSettings(ContainersSettings):
    """Containers that callers choose by name, in `TargetContainerHostname`."""
