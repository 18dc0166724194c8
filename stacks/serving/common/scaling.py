"""What moves the number of instances: targets, steps and the clock."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.durations import seconds
from sagemaker_constructs.core.instances.instance_types import processor_problem
from sagemaker_constructs.core.problems import Problem, is_token, unique
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from stacks.configuration.section import SettingsSection
from stacks.serving.common.schedules import Schedules, schedule_problems


class StepSettings(SettingsSection):
    """More instances at once, for a peak that target tracking would follow too slowly."""

    above: Annotated[int, Field(ge=1, le=1_000_000)]
    """Invocations per instance and minute from which the step counts, up to the next step's."""
    add: Annotated[int, Field(ge=1, le=1000)]
    """Instances that are added."""


class ScalingSettings(SettingsSection):
    """Autoscaling of instances: by targets, of which the one that asks for most wins, in steps, and by the clock."""

    invocations_per_instance_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Invocations per minute that one instance should handle; instances are added above it, removed below."""
    concurrency_per_model: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests at one time that one container should handle; counted every ten seconds, so that it reacts faster."""
    cpu_percent: Annotated[int, Field(ge=1, le=19_200)] | None = None
    """CPU use of the containers in percent of one core: up to 100 times the number of cores."""
    gpu_percent: Annotated[int, Field(ge=1, le=1_600)] | None = None
    """GPU use of the containers in percent of one device: up to 100 times the number of devices."""
    remove_instances: bool = True
    """Whether the targets remove instances too; false lets their number only grow."""
    scale_out_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """Rest after instances were added for a target."""
    scale_in_cooldown_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Rest after instances were removed for a target."""
    steps: Annotated[tuple[StepSettings, ...], Field(min_length=0, max_length=20)] = ()
    """Steps for peaks; they only add, so that they need a target beside them."""
    schedules: Schedules = ()
    """Other bounds by the clock."""

    def pace(self) -> ScalingPace:
        """The pace at which targets are followed."""
        return ScalingPace(
            scale_in_cooldown=seconds(self.scale_in_cooldown_seconds),
            scale_out_cooldown=seconds(self.scale_out_cooldown_seconds),
            scale_in=self.remove_instances,
        )

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, and scaling that never moves, or only adds."""
        yield from unique({f"steps[{index}].above": step.above for index, step in enumerate(self.steps)})
        yield from schedule_problems(self.schedules, least=1)
        if any(getattr(self, target) is not None for target in TARGETS):
            return
        if self.steps:
            message = f"nothing would remove what steps add; allowed: one of {', '.join(TARGETS)} beside"
            yield Problem("steps", message)
        elif not self.schedules:
            yield Problem("", f"nothing would ever scale; allowed: {', '.join(TARGETS)} or schedules")


TARGETS = ("invocations_per_instance_per_minute", "concurrency_per_model", "cpu_percent", "gpu_percent")
"""The keys of a target, of which scaling needs one unless it goes by the clock alone."""


def gpu_problem(scaling: ScalingSettings | None, instance_type: str) -> Problem | None:
    """Rule: scaling by the use of GPUs needs an instance type with GPUs; below the key ``scaling``."""
    if scaling is None or scaling.gpu_percent is None or is_token(scaling.gpu_percent):
        return None
    return processor_problem("scaling.gpu_percent", "gpu", instance_type)


def fixed_problem(path: str, instances: InstanceRange, scaling: ScalingSettings | None) -> Problem | None:
    """Rule: without autoscaling nothing would ever use a maximum above the minimum."""
    known = not is_token(instances.minimum) and not is_token(instances.limit)
    if scaling or not known or instances.minimum >= instances.limit:
        return None
    message = f"{instances.limit} is never reached without the endpoint's scaling"
    return Problem(f"{path}.maximum", f"{message}; allowed: {instances.minimum}, or set the endpoint's scaling")
