"""Other bounds by the clock, for instances, copies and warm containers alike."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, unique, within
from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import ScheduleExpression, TimeZone, VariantName


class ScheduleSettings(SettingsSection):
    """Other bounds from a time on, until the next schedule sets others."""

    name: VariantName
    """Name of the schedule, unique in its list."""
    when: ScheduleExpression
    """When the bounds change."""
    time_zone: TimeZone = "UTC"
    """Time zone of `when`."""
    minimum: Annotated[int, Field(ge=0, le=1000)]
    """Minimum from then on; 0 only for what may sleep."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Maximum from then on; at least `minimum`."""

    @property
    def instances(self) -> InstanceRange:
        """The bounds of instances."""
        return InstanceRange(self.minimum, self.maximum)

    @property
    def copies(self) -> CopyRange:
        """The bounds of a component's copies."""
        return CopyRange(self.minimum, self.maximum)

    @property
    def concurrency(self) -> ProvisionedConcurrency:
        """The bounds of warm containers."""
        return ProvisionedConcurrency(self.minimum, self.maximum)


Schedules = Annotated[tuple[ScheduleSettings, ...], Field(min_length=0, max_length=20)]


def schedule_problems(schedules: Schedules, *, least: int) -> Iterator[Problem]:
    """What AWS would refuse where at least ``least`` have to stay; below the key ``schedules``."""
    yield from unique({f"schedules[{index}].name": schedule.name for index, schedule in enumerate(schedules)})
    for index, schedule in enumerate(schedules):
        bounds = CapacityRange(schedule.minimum, schedule.maximum)
        yield from within(f"schedules[{index}]", bounds.problems(least=least))
