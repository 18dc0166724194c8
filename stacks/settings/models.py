"""The shape of `config/<environment>.yaml`: frozen models whose docstrings become the configuration page."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.fields import (
    AccountId,
    EmailAddress,
    EnvironmentName,
    HyperparameterName,
    HyperparameterValue,
    ImageFolder,
    PlatformName,
    Region,
    SecurityGroupId,
    SubnetId,
    TagKey,
    TagValue,
    TrainingInstanceType,
    VpcCidr,
    in_words,
)
from stacks.settings.section import Section
from stacks.settings.serving import ServingSettings

Days = Annotated[int, Field(ge=1, le=3650)]


class DataSettings(Section):
    """How long data is kept. Deleting the platform keeps the data unless `retain` is false."""

    retain: bool = True
    """Keep buckets and keys when their stack is deleted."""
    noncurrent_version_days: Days = 90
    """Days until a replaced or deleted version of an object expires."""
    access_log_days: Days = 365
    """Days until an S3 access log expires."""
    capture_days: Days = 30
    """Days until captured requests and responses expire."""


class IsolatedNetwork(Section):
    """A VPC of the platform's own: no internet, and the VPC endpoints that SageMaker needs."""

    mode: Literal["isolated"] = "isolated"
    """A new VPC without internet access."""
    availability_zones: Annotated[int, Field(ge=2, le=3)] = 2
    """Number of availability zones, each with one subnet and one network interface per VPC endpoint."""
    cidr: VpcCidr = "10.0.0.0/16"
    """Address range of the VPC; it cannot be changed later without replacing the VPC."""


class ImportedNetwork(Section):
    """An existing VPC, described in full, so that nothing has to be looked up in AWS."""

    mode: Literal["imported"]
    """An existing VPC."""
    subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=16)]
    """Private subnets for jobs and endpoints, in at least two availability zones."""
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=5)]
    """Security groups for jobs and endpoints."""


class NoNetwork(Section):
    """No VPC: containers run in SageMaker's own network."""

    mode: Literal["none"]
    """No VPC."""


NetworkSettings = Annotated[
    IsolatedNetwork | ImportedNetwork | NoNetwork, Field(discriminator="mode", title="network mode")
]


class TrainingSettings(Section):
    """The training job that runs when the platform is deployed."""

    image: ImageFolder
    """Folder of the training image."""
    instance_type: TrainingInstanceType
    """Instance type of the training job."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances; more than one needs an image that distributes its work."""
    volume_gib: Annotated[int, Field(ge=1, le=16384)] = 10
    """Storage volume of each instance in GiB."""
    max_runtime_minutes: Annotated[int, Field(ge=1, le=55)] = 50
    """Minutes until the job is stopped. A deployment waits for it an hour at most, starting and stopping included."""
    hyperparameters: dict[HyperparameterName, HyperparameterValue] = Field(default={}, max_length=100)
    """Passed to the training container. Numbers and booleans become text, as SageMaker's API wants them."""


class PlatformSettings(Section):
    """One environment of the platform."""

    platform: PlatformName
    """Prefix of the stacks' names. Changing it makes a new platform."""
    environment: EnvironmentName
    """Name of the environment; the same as the file's name without `.yaml`."""
    account: AccountId | None = None
    """AWS account that may be deployed to; left out, the account of the credentials."""
    region: Region
    """AWS region."""
    tags: dict[TagKey, TagValue] = Field(default={}, max_length=45, json_schema_extra=in_words("up to 45 tags"))
    """Tags on every resource. AWS allows 50, of which 5 are left to the platform itself."""
    data: DataSettings = DataSettings()
    """Retention."""
    network: NetworkSettings = IsolatedNetwork()
    """Network of jobs and endpoints, by `mode`."""
    training: TrainingSettings
    """Training."""
    serving: ServingSettings
    """Serving."""
    alarm_email: EmailAddress | None = None
    """Receives the alarms once the subscription is confirmed; left out, alarms only show in CloudWatch."""
