"""What the real-time endpoint is told."""

from collections.abc import Iterator
from typing import Annotated, Literal

from aws_cdk import Duration
from pydantic import Field

from sagemaker_constructs.core.instances.instance_types import volume_problem
from sagemaker_constructs.core.problems import Problem, is_token, unique, within
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.serving.rollouts.rollout import marketplace_problem
from stacks.configuration.fields.kit import OneOf
from stacks.configuration.section import SettingsSection
from stacks.serving.common.capacity import InstanceRangeSettings, StartupSettings
from stacks.serving.common.fields import HostingInstanceType, MediaType, VariantName
from stacks.serving.common.hosted import ChosenFleet
from stacks.serving.common.rollout import RolloutSettings, rollout_problems
from stacks.serving.common.scaling import ScalingSettings, fixed_problem, gpu_problem
from stacks.serving.common.workload import WorkloadSettings
from stacks.serving.front_door.settings import FrontDoorSettings
from stacks.serving.monitoring.model_monitor_settings import ModelMonitorSettings
from stacks.serving.monitoring.settings import MonitoringSettings
from stacks.serving.real_time.model_source import ModelSource, PackageSourceSettings, TrainedSourceSettings

MediaTypes = Annotated[tuple[MediaType, ...], Field(min_length=0, max_length=10)]


InferenceAmi = Annotated[
    str, OneOf(lambda: enum_values("ProductionVariantInferenceAmiVersion")), Field(title="inference AMI")
]


class VariantSettings(SettingsSection):
    """A share of the endpoint's traffic on instances of its own."""

    name: VariantName = "AllTraffic"
    """Name of the variant, unique in the endpoint."""
    instance_type: HostingInstanceType
    """Instance type of the variant."""
    instances: InstanceRangeSettings
    """Number of instances; a range needs `serving.real_time.scaling`."""
    weight: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 1.0
    """Share of the traffic relative to the sum of all weights, of which one must be above 0."""
    routing: Literal["random", "least_outstanding_requests"] = "random"
    """How a request finds its instance; the second spares busy instances where requests differ in length."""
    volume_gb: Annotated[int, Field(ge=1, le=512)] | None = None
    """Storage volume of an instance in GB; left out, SageMaker's choice. Types with local disks take none."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""
    inference_ami: InferenceAmi | None = None
    """Machine image of the instances, and with it the version of the GPU driver; left out, SageMaker's choice."""

    def fleet(self) -> ChosenFleet:
        """The instances that are asked for."""
        return ChosenFleet(self.name, self.instance_type, self.instances.option())

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        if not is_token(self.volume_gb):
            yield volume_problem("volume_gb", self.volume_gb, self.instance_type)


class CaptureSettings(SettingsSection):
    """Recording of requests and responses to the bucket for captured data."""

    percent: Annotated[int, Field(ge=0, le=100)]
    """Percentage of invocations that is recorded."""
    content: Literal["input", "output", "both"] = "both"
    """What is recorded of them: requests, responses or both."""
    csv_content_types: MediaTypes = ("text/csv",)
    """Media types that are recorded as CSV text."""
    json_content_types: MediaTypes = ("application/json",)
    """Media types that are recorded as JSON text; others are recorded in Base64."""


class RealTimeSettings(SettingsSection):
    """An endpoint that answers while the caller waits."""

    model: ModelSource = TrainedSourceSettings()
    """Where the model comes from, by `mode`."""
    variants: Annotated[tuple[VariantSettings, ...], Field(min_length=1, max_length=10)]
    """The endpoint's variants."""
    scaling: ScalingSettings | None = None
    """Autoscaling of every variant within its `instances`; left out, the number of instances is fixed."""
    capture: CaptureSettings | None = None
    """Data capture; left out, nothing is recorded."""
    monitoring: MonitoringSettings | None = None
    """What compares requests with a baseline; needs `capture`. Left out, nobody is told of drift."""
    model_monitor: ModelMonitorSettings | None = None
    """Model Monitor, in accounts that used it before 2026-07-30; needs `capture`. Left out, there is none."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    latency_limit_milliseconds: Annotated[int, Field(ge=1, le=60_000)] | None = None
    """99th percentile of the container's time at which an alarm fires; left out, there is no such alarm."""
    workload: WorkloadSettings | None = None
    """What the endpoint is meant for; left out, its limits are not compared with anything."""
    front_door: FrontDoorSettings | None = None
    """A REST API in front of the endpoint; left out, callers use SageMaker's own API."""

    def latency_limit(self) -> Duration | None:
        """The limit of the construct."""
        limit = self.latency_limit_milliseconds
        return Duration.millis(limit) if limit else None

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, and instances that are never reached."""
        # Loads what only a platform with this section needs.
        from sagemaker_constructs.serving.variants.variant import weights_problem

        yield from unique({f"variants[{index}].name": each.name for index, each in enumerate(self.variants)})
        yield weights_problem("variants", [variant.weight for variant in self.variants])
        for index, variant in enumerate(self.variants):
            yield fixed_problem(f"variants[{index}].instances", variant.instances.option(), self.scaling)
        yield self._unseen("monitoring", self.monitoring)
        yield self._unseen("model_monitor", self.model_monitor)
        without_gpus = [gpu_problem(self.scaling, variant.instance_type) for variant in self.variants]
        yield next(filter(None, without_gpus), None)
        yield from rollout_problems(self.rollout, [variant.fleet() for variant in self.variants])
        yield from self._package_problems()

    def _unseen(self, name: str, monitor: SettingsSection | None) -> Problem | None:
        """Whether a monitor would see nothing of what the endpoint is asked."""
        if monitor is None:
            return None
        if self.capture is None:
            return Problem(name, "needs capture, got: none")
        if self.capture.content == "output":
            return Problem("capture.content", f"must be input or both beside {name}, got: output")
        return None

    def _package_problems(self) -> Iterator[Problem]:
        if self.rollout and isinstance(self.model, PackageSourceSettings):
            from sagemaker_constructs.models.model_package import ModelPackage

            bought = [variant.name for variant in self.variants if ModelPackage(self.model.arn).of_marketplace]
            yield from within("rollout.mode", [marketplace_problem(self.rollout.option(), bought)])
