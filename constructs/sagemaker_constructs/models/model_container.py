"""One container of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, matches, within
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.multi_model import MultiModel


@dataclass(frozen=True)
class ModelContainer:
    """``image`` with its ``artifact``, or with many ``models`` that are loaded by name.

    ``hostname`` names the container inside an inference pipeline; where callers choose the container, it is
    what they choose by.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    """

    image: ModelImage
    artifact: ModelArtifact | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    hostname: str | None = None
    models: MultiModel | None = None

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from within("environment", environment_problems(self.environment))
        if self.hostname is not None:
            yield matches(
                "hostname",
                self.hostname,
                r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
                "1 to 63 letters, digits and single hyphens",
            )
        if self.artifact and self.models:
            yield Problem("artifact", "must be left out beside models: each of them brings its own")

    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        """The ``ContainerDefinition``, for a model below ``scope``; ``grants`` gets the rights that it needs."""
        definition: dict[str, object] = {"image": self.image.bind(scope, grants)}
        if self.artifact:
            definition |= self.artifact.bind(scope, grants)
        if self.models:
            definition |= self.models.bind(grants)
        if self.environment:
            definition["environment"] = dict(self.environment)
        if self.hostname:
            definition["containerHostname"] = self.hostname
        return definition


def environment_problems(variables: Mapping[str, str]) -> Iterator[Problem | None]:
    """What SageMaker would refuse in a container's environment."""
    for variable in variables:
        yield matches("", variable, r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}", "named with letters, digits and _")
    for variable, value in variables.items():
        if not is_token(value) and len(value.encode()) > 1024:
            yield Problem("", f"{variable} must hold at most 1024 bytes, got: {len(value.encode())}")
    if len(variables) > 100:
        yield Problem("", f"may hold at most 100 variables, got: {len(variables)}")
