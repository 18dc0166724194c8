"""The ways to serve the trained model. Each is a section that may be left out, and is a stack if it is there."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.capacity import (
    ConcurrencyRange,
    CopyRange,
    InstanceRange,
    ScalingSettings,
    SleepingInstanceRange,
)
from stacks.settings.fields import (
    HostingInstanceType,
    ImageFolder,
    JsonPath,
    ScheduleExpression,
    TimeZone,
    TransformInstanceType,
    VariantName,
)
from stacks.settings.front_door import FrontDoorSettings
from stacks.settings.rollout import RolloutSettings
from stacks.settings.section import Section


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


class CaptureSettings(Section):
    """Recording of requests and responses to the data bucket."""

    percent: Annotated[int, Field(ge=0, le=100)]
    """Percentage of invocations that is recorded."""
    content: Literal["input", "output", "both"] = "both"
    """What is recorded of them: requests, responses or both."""


class RealTimeSettings(Section):
    """An endpoint that answers while the caller waits."""

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
    front_door: FrontDoorSettings | None = None
    """A REST API in front of the endpoint; left out, callers use SageMaker's own API."""


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


class MultiModelSettings(Section):
    """An endpoint with any number of models, each an archive below `…/models/` in the bucket of artifacts."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: InstanceRange
    """Number of instances; a range needs `serving.multi_model.scaling`."""
    scaling: ScalingSettings | None = None
    """Autoscaling within `instances`; left out, the number of instances is fixed."""
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
    copies: CopyRange
    """Number of copies."""
    concurrency_per_copy: Annotated[int, Field(ge=1, le=1000)]
    """Requests at one time that one copy should handle; copies are added above it, removed below."""


class SharedSettings(Section):
    """An endpoint whose instances several inference components share."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: SleepingInstanceRange
    """Number of instances; SageMaker moves it as the copies need."""
    components: Annotated[tuple[ComponentSettings, ...], Field(min_length=1, max_length=20)]
    """What runs on the endpoint."""


class BatchTransformSettings(Section):
    """Scoring of whole files, from `…/batch/input/` to `…/batch/output/` of the data bucket."""

    instance_type: TransformInstanceType
    """Instance type of a job."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances of a job."""
    input_filter: JsonPath = "$"
    """What the model sees of a record, such as `$[1:]`: all but the first column."""
    join_input: bool = False
    """Put the model's answer at the end of the input's record."""
    output_filter: JsonPath = "$"
    """What is written of a record, such as `$[0,-2,-1]`: the first column and the last two."""
    on_new_data: bool = False
    """Run for each file that arrives."""
    schedule: ScheduleExpression | None = None
    """Run on all files by the clock; left out, only on new data."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""


class ServingSettings(Section):
    """The ways to serve the model; at least one."""

    image: ImageFolder
    """Folder of the serving image."""
    real_time: RealTimeSettings | None = None
    """An endpoint that answers while the caller waits."""
    shadow_test: ShadowTestSettings | None = None
    """An endpoint with a variant and its shadow."""
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
