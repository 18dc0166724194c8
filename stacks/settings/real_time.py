"""An endpoint that answers while the caller waits, with weighted variants."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.capacity import InstanceRange, StartupSettings
from stacks.settings.fields import HostingInstanceType, VariantName
from stacks.settings.front_door import FrontDoorSettings
from stacks.settings.rollout import RolloutSettings
from stacks.settings.scaling import ScalingSettings
from stacks.settings.section import Section
from stacks.settings.serving_fields import BucketName, MediaType, ModelPackageArn, RepositoryName
from stacks.settings.workload import WorkloadSettings

MediaTypes = Annotated[tuple[MediaType, ...], Field(min_length=0, max_length=10)]


class TrainedSource(Section):
    """The artifact of the training job, with the serving image."""

    mode: Literal["trained"] = "trained"
    """What training has left."""


class RegisteredSource(Section):
    """The same, registered: each new artifact becomes an approved version in a model package group."""

    mode: Literal["registered"]
    """A version in the model registry, made of what training has left."""


class PackageSource(Section):
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
    TrainedSource | RegisteredSource | PackageSource, Field(discriminator="mode", title="model source")
]


class VariantSettings(Section):
    """A share of the endpoint's traffic on instances of its own."""

    name: VariantName = "AllTraffic"
    """Name of the variant, unique in the endpoint."""
    instance_type: HostingInstanceType
    """Instance type of the variant."""
    instances: InstanceRange
    """Number of instances; a range needs `serving.real_time.scaling`."""
    weight: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 1.0
    """Share of the traffic relative to the sum of all weights, of which one must be above 0."""
    routing: Literal["random", "least_outstanding_requests"] = "random"
    """How a request finds its instance; the second spares busy instances where requests differ in length."""
    volume_gb: Annotated[int, Field(ge=1, le=512)] | None = None
    """Storage volume of an instance in GB; left out, SageMaker's choice. Types with local disks take none."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""


class CaptureSettings(Section):
    """Recording of requests and responses to the bucket for captured data."""

    percent: Annotated[int, Field(ge=0, le=100)]
    """Percentage of invocations that is recorded."""
    content: Literal["input", "output", "both"] = "both"
    """What is recorded of them: requests, responses or both."""
    csv_content_types: MediaTypes = ("text/csv",)
    """Media types that are recorded as CSV text."""
    json_content_types: MediaTypes = ("application/json",)
    """Media types that are recorded as JSON text; others are recorded in Base64."""


class RealTimeSettings(Section):
    """An endpoint that answers while the caller waits."""

    model: ModelSource = TrainedSource()
    """Where the model comes from, by `mode`."""
    variants: Annotated[tuple[VariantSettings, ...], Field(min_length=1, max_length=10)]
    """The endpoint's variants."""
    scaling: ScalingSettings | None = None
    """Autoscaling of every variant within its `instances`; left out, the number of instances is fixed."""
    capture: CaptureSettings | None = None
    """Data capture; left out, nothing is recorded."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    latency_limit_milliseconds: Annotated[int, Field(ge=1, le=60_000)] | None = None
    """99th percentile of the container's time at which an alarm fires; left out, there is no such alarm."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    front_door: FrontDoorSettings | None = None
    """A REST API in front of the endpoint; left out, callers use SageMaker's own API."""
