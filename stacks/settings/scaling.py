"""What moves the number of instances, copies or warm containers: one vocabulary for every kind of endpoint."""

from typing import Annotated

from pydantic import Field

from stacks.settings.fields import VariantName
from stacks.settings.section import Section
from stacks.settings.serving_fields import ScheduleExpression, TimeZone


class ScheduleSettings(Section):
    """Other bounds from a time on, until the next schedule sets others."""

    name: VariantName
    """Name of the schedule, unique in its list."""
    when: ScheduleExpression
    """When the bounds change."""
    time_zone: TimeZone = "UTC"
    """Time zone of `when`."""
    minimum: Annotated[int, Field(ge=0, le=1000)]
    """At the least from then on; 0 only for what may sleep."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """At the most from then on; at least `minimum`."""


Schedules = Annotated[tuple[ScheduleSettings, ...], Field(min_length=0, max_length=20)]


class StepSettings(Section):
    """More instances at once, for a peak that target tracking would follow too slowly."""

    above: Annotated[int, Field(ge=1, le=1_000_000)]
    """Invocations per instance and minute from which the step counts, up to the next step's."""
    add: Annotated[int, Field(ge=1, le=1000)]
    """Instances that are added."""


class ScalingSettings(Section):
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


TARGETS = ("invocations_per_instance_per_minute", "concurrency_per_model", "cpu_percent", "gpu_percent")
"""The keys of a target, of which scaling needs one unless it goes by the clock alone."""
