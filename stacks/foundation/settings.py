"""What the foundation is told: names, tags, retention, network and where alarms go."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, is_token
from stacks.configuration.faults import shown
from stacks.configuration.fields.kit import in_words
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.foundation.fields import (
    AccountId,
    EmailAddress,
    EnvironmentName,
    PlatformName,
    PolicyName,
    Qualifier,
    Region,
    SecurityGroupId,
    SubnetId,
    TagKey,
    TagValue,
    VpcCidr,
    ZoneName,
)
from stacks.foundation.notifications.settings import NotificationSettings

CalledService = Literal[
    "SageMakerApi",
    "SageMakerExperiments",
    "SageMakerRuntime",
    "Ecr",
    "EcrDocker",
    "Ecs",
    "EcsAgent",
    "EcsTelemetry",
    "Glue",
    "Kms",
    "Logs",
    "Monitoring",
    "SecretsManager",
    "Sts",
]
Days = Annotated[int, Field(ge=1, le=3650)]
UsePattern = Annotated[
    str, Field(min_length=1, max_length=256, json_schema_extra=in_words("a pattern of a construct's path"))
]
UseName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,40}$", json_schema_extra=in_words("the name of a quantity"))]
Used = Annotated[
    dict[UseName, Annotated[float, Field(ge=0, le=1_000_000_000_000)]],
    Field(max_length=20, json_schema_extra=in_words("quantities of a month, such as requests, by name")),
]


class DataSettings(SettingsSection):
    """How long data is kept. Deleting the platform keeps the data unless `retain` is false."""

    retain: bool = True
    """Keep buckets and keys when their stack is deleted."""
    noncurrent_version_days: Days = 90
    """Days until a replaced or deleted version of an object expires."""
    access_log_days: Days = 365
    """Days until an S3 access log expires."""
    capture_days: Days = 30
    """Days until captured requests and responses expire."""


class IsolatedNetworkSettings(SettingsSection):
    """A VPC of the platform's own: no internet, and the VPC endpoints that SageMaker needs."""

    mode: Literal["isolated"] = "isolated"
    """A new VPC without internet access."""
    availability_zones: Annotated[int, Field(ge=2, le=3)] = 2
    """Number of availability zones, each with one subnet and one network interface per VPC endpoint."""
    zones: Annotated[tuple[ZoneName, ...], Field(min_length=0, max_length=3)] = ()
    """Names of the availability zones, as many as `availability_zones`; left out, the first that AWS lists."""
    services: Annotated[tuple[CalledService, ...], Field(min_length=0, max_length=13)] = ()
    """AWS services that containers call besides S3, each through a VPC endpoint at about 7 USD a month per zone."""
    cidr: VpcCidr = "10.0.0.0/16"
    """Address range of the VPC; it cannot be changed later without replacing the VPC."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        if self.zones:
            # Loads what only a platform with named zones needs.
            from sagemaker_constructs.network.isolated_network import zone_problems

            yield from zone_problems(self.zones, self.availability_zones)


class ImportedNetworkSettings(SettingsSection):
    """An existing VPC, described in full, so that nothing has to be looked up in AWS."""

    mode: Literal["imported"]
    """An existing VPC."""
    subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=16)]
    """Private subnets for jobs and endpoints, in at least two availability zones."""
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=5)]
    """Security groups for jobs and endpoints."""
    subnet_owner: AccountId | None = None
    """The account that shares the subnets through AWS RAM; left out, they are of the platform's own account."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        # Loads what only a platform with such a network needs.
        from sagemaker_constructs.network.imported_network import network_problems

        return network_problems(self.subnet_ids, self.security_group_ids)


class NoNetworkSettings(SettingsSection):
    """No VPC: containers run in SageMaker's own network."""

    mode: Literal["none"]
    """No VPC."""


NetworkSettings = Annotated[
    IsolatedNetworkSettings | ImportedNetworkSettings | NoNetworkSettings,
    Field(discriminator="mode", title="network mode"),
]


class CostSettings(SettingsSection):
    """What a month may cost, and what is expected of its use. `make cost` reads both."""

    monthly_usd: Annotated[float, Field(ge=1, le=10_000_000)] | None = None
    """Limit of a month in USD, a budget that tells the alarm topic; left out, there is none."""
    use: dict[UsePattern, Used] = Field(default={}, max_length=100)
    """Use of a month, for `make cost`: quantities by name, by patterns of paths that begin with a stack."""


class BootstrapSettings(SettingsSection):
    """Which bootstrap of the CDK deploys the stacks, where it is not the common one. See docs/environments.md."""

    qualifier: Qualifier | None = None
    """Qualifier of the bootstrap, as in `cdk bootstrap --qualifier`; left out, that of the CDK."""
    permissions_boundary: PolicyName | None = None
    """Name of the managed policy that is the permissions boundary of each role; left out, roles have none."""


class FoundationSettings(SettingsSection):
    """What lasts: the key, the buckets, the image repository, the network and the alarm topic."""

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
    network: NetworkSettings = IsolatedNetworkSettings()
    """Network of jobs and endpoints, by `mode`."""
    alarm_email: EmailAddress | None = None
    """Receives the alarms once the subscription is confirmed; left out, alarms only show in CloudWatch."""
    notifications: NotificationSettings | None = None
    """Chats, on-call services and people that are told of alarms, each in a form of its own."""
    bootstrap: BootstrapSettings | None = None
    """Another bootstrap than the common one, and the permissions boundary of all roles."""
    cost: CostSettings = CostSettings()
    """Costs: budget, and what is expected of use."""

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """`environment` repeats the file's name, so that a copied file cannot deploy over another environment."""
        if not is_token(self.environment) and self.environment != around.file.stem:
            message = f"{shown(self.environment)} is not the file's name; allowed: {around.file.stem}"
            yield Problem("environment", message)
