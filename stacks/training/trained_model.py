"""What the training stack has published, for any stack to serve."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.training.training_definition import TrainingDefinition
from stacks.foundation.stack import FoundationStack

PREFIX = "training"
"""Where in the bucket of artifacts the training job writes."""


@dataclass(frozen=True)
class ApprovedPointer:
    """The SSM parameters with the approved model package and with its group, and the stacks that follow it."""

    parameter: str
    group_parameter: str
    followers: Sequence[str]


@dataclass(frozen=True)
class TrainedModel:
    """The image in the folder ``image_folder``, and the artifact whose URL stands in an SSM parameter.

    ``definition`` is what trained it, on instances of ``instance_type``, and ``approved`` points to what was approved
    last.

    The parameter is read at deployment: not a reference between the stacks, so that a new model never locks or
    replaces what it came from.
    """

    image_folder: str
    artifact_parameter: str
    foundation: FoundationStack
    definition: TrainingDefinition
    instance_type: str
    approved: ApprovedPointer

    @property
    def image(self) -> ModelImage:
        """The serving image."""
        return ModelImage.from_directory(self.image_folder)

    def artifact_url(self, scope: Construct) -> str:
        """The S3 URL of the artifact, read when the stack of ``scope`` is deployed."""
        return ssm.StringParameter.value_for_string_parameter(location_of(scope).stack, self.artifact_parameter)

    def container(self, scope: Construct, *, hostname: str | None = None) -> ModelContainer:
        """The image with the artifact, for a resource in the stack of ``scope``."""
        artifact = ModelArtifact.from_url(self.artifact_url(scope), bucket=self.foundation.artifacts, prefix=PREFIX)
        return ModelContainer(self.image, artifact, hostname=hostname)

    def model(self, scope: Construct, id: str) -> Model:
        """The model, in the platform's network and in network isolation."""
        return Model(scope, id, containers=[self.container(scope)], placement=self.foundation.placement)

    def model_without_network(self, scope: Construct, id: str) -> Model:
        """The model for a serverless endpoint, which allows neither a network nor network isolation."""
        return Model(scope, id, containers=[self.container(scope)], network_isolation=False)
