"""What all ways of serving share; the ways themselves are rows of the platform's table."""

from collections.abc import Iterator

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.fields.folders import ImageFolder, folder_problem
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.serving.observation.settings import ObservabilitySettings


class ServingSettings(SettingsSection):
    """The ways to serve the model; at least one."""

    image: ImageFolder
    """Folder of the serving image."""
    observability: ObservabilitySettings = ObservabilitySettings()
    """What is kept and reported of every endpoint."""

    def problems(self) -> Iterator[Problem | None]:
        """At least one way to serve is there."""
        ways = [name for name in type(self).model_fields if name not in ServingSettings.model_fields]
        if not any(getattr(self, way) for way in ways):
            yield Problem("", f"nothing serves the model; allowed: at least one of {', '.join(ways)}")

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """The image folder exists and holds a Dockerfile."""
        yield folder_problem("image", self.image, around, holds="Dockerfile")
