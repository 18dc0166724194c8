"""Where the model of the real-time endpoint comes from, by `mode`."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import BucketName, ModelPackageArn, RepositoryName


class TrainedSourceSettings(SettingsSection):
    """The artifact of the training job, with the serving image."""

    mode: Literal["trained"] = "trained"
    """What training has left."""


class RegisteredSourceSettings(SettingsSection):
    """The same, registered: each new artifact becomes an approved version in a model package group."""

    mode: Literal["registered"]
    """A version in the model registry, made of what training has left."""


class ApprovedSourceSettings(SettingsSection):
    """The version of `registry` that was approved last: an approval updates this endpoint."""

    mode: Literal["approved"]
    """The version that was approved last."""


class PackageSourceSettings(SettingsSection):
    """A model package that exists already, of a registry or the Marketplace."""

    mode: Literal["package"]
    """An existing model package."""
    arn: ModelPackageArn
    """The package; of a group, one version."""
    bucket: BucketName | None = None
    """Bucket of the package's artifact; left out for packages of the Marketplace."""
    repository: RepositoryName | None = None
    """ECR repository of the package's image, in this account; left out for packages of the Marketplace."""


ModelSource = Annotated[
    TrainedSourceSettings | RegisteredSourceSettings | ApprovedSourceSettings | PackageSourceSettings,
    Field(discriminator="mode", title="model source"),
]
