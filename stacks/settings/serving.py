"""The ways to serve the trained model. Each is a section that may be left out, and is a stack if it is there."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.batch_transform import BatchTransformSettings
from stacks.settings.capacity import (
    ConcurrencyRange,
    CopyRange,
    SleepingInstanceRange,
    StartupSettings,
)
from stacks.settings.containers import DirectSettings, PipelineSettings
from stacks.settings.fields import HostingInstanceType, ImageFolder, VariantName
from stacks.settings.front_door import FrontDoorSettings
from stacks.settings.hosted import HostedSettings
from stacks.settings.observability import ObservabilitySettings
from stacks.settings.real_time import RealTimeSettings
from stacks.settings.rollout import RolloutSettings
from stacks.settings.scaling import Schedules
from stacks.settings.section import Section
from stacks.settings.workload import WorkloadSettings


class ShadowTestSettings(Section):
    """An endpoint with one variant that answers and one in its shadow, which gets copies of the requests.

    SageMaker allows a shadow beside exactly one variant, so that it is an endpoint of its own.
    """

    instance_type: HostingInstanceType
    """Instance type of both variants."""
    instances: Annotated[int, Field(ge=1, le=1000)] = 1
    """Instances of each of the two."""
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    """Percentage of the requests that is copied to the shadow."""


class ServerlessSettings(Section):
    """An endpoint without instances, paid per request. SageMaker allows it neither a VPC nor network isolation."""

    memory_gb: Annotated[int, Field(ge=1, le=6)] = 2
    """Memory of a container in GB; its CPU grows with it."""
    maximum_concurrency: Annotated[int, Field(ge=1, le=200)] = 20
    """Requests at one time; more are refused."""
    provisioned: ConcurrencyRange | None = None
    """Containers that are kept warm; left out, the first request after a pause waits for a container."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    front_door: FrontDoorSettings | None = None
    """A REST API in front of the endpoint; left out, callers use SageMaker's own API."""


class AsynchronousSettings(Section):
    """An endpoint that takes its requests from S3 and answers there, with a message for each outcome."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: SleepingInstanceRange
    """Number of instances."""
    backlog_per_instance: Annotated[int, Field(ge=1, le=1000)]
    """Waiting requests per instance that scaling keeps near."""
    concurrent_invocations: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests that one instance works on at a time; left out, SageMaker chooses."""
    include_response: Annotated[tuple[Literal["success", "error"], ...], Field(min_length=0, max_length=2)] = ()
    """Outcomes whose message brings the answer itself along, up to 128 kB."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    schedules: Schedules = ()
    """Other bounds of the instances by the clock."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""


class MultiModelSettings(HostedSettings):
    """An endpoint with any number of models, each an archive below `…/models/` in the bucket of artifacts."""

    caching: bool = True
    """Keep loaded models in memory; false where each one is rarely asked for."""


class ComponentSettings(Section):
    """The model on its share of the instances."""

    name: VariantName
    """Name of the component, unique on the endpoint."""
    memory_mb: Annotated[int, Field(ge=128, le=1_000_000)]
    """Memory of each copy in MB."""
    cpu_cores: Annotated[float, Field(ge=0.25, le=1000, allow_inf_nan=False)] = 1.0
    """CPU cores of each copy."""
    accelerators: Annotated[int, Field(ge=1, le=64)] | None = None
    """GPUs or AWS's own accelerators of each copy; left out, none."""
    copies: CopyRange
    """Number of copies."""
    concurrency_per_copy: Annotated[int, Field(ge=1, le=1000)]
    """Requests at one time that one copy should handle; copies are added above it, removed below."""
    schedules: Schedules = ()
    """Other bounds of the copies by the clock."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""


class SharedSettings(Section):
    """An endpoint whose instances several inference components share."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: SleepingInstanceRange
    """Number of instances; SageMaker moves it as the copies need."""
    components: Annotated[tuple[ComponentSettings, ...], Field(min_length=1, max_length=20)]
    """What runs on the endpoint."""


class ServingSettings(Section):
    """The ways to serve the model; at least one."""

    image: ImageFolder
    """Folder of the serving image."""
    observability: ObservabilitySettings = ObservabilitySettings()
    """What is kept and reported of every endpoint."""
    real_time: RealTimeSettings | None = None
    """An endpoint that answers while the caller waits."""
    shadow_test: ShadowTestSettings | None = None
    """An endpoint with a variant and its shadow."""
    pipeline: PipelineSettings | None = None
    """An endpoint that passes a request through several containers."""
    direct: DirectSettings | None = None
    """An endpoint with containers that callers choose."""
    serverless: ServerlessSettings | None = None
    """An endpoint without instances."""
    asynchronous: AsynchronousSettings | None = None
    """An endpoint that answers through S3, asleep while idle."""
    multi_model: MultiModelSettings | None = None
    """An endpoint with many models, added by upload."""
    shared: SharedSettings | None = None
    """An endpoint whose instances several components share."""
    batch_transform: BatchTransformSettings | None = None
    """Scoring of whole files."""
