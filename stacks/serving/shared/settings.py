"""What the shared endpoint and its components are told."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.instances.instance_types import accelerator_problem
from sagemaker_constructs.core.problems import Problem, is_token, unique
from stacks.configuration.section import SettingsSection
from stacks.serving.common.capacity import CopyRangeSettings, SleepingInstanceRangeSettings, StartupSettings
from stacks.serving.common.fields import HostingInstanceType, VariantName
from stacks.serving.common.schedules import Schedules, schedule_problems


class ComponentSettings(SettingsSection):
    """The model on its share of the instances."""

    name: VariantName
    """Name of the component, unique on the endpoint."""
    memory_mb: Annotated[int, Field(ge=128, le=1_000_000)]
    """Memory of each copy in MB."""
    cpu_cores: Annotated[float, Field(ge=0.25, le=1000, allow_inf_nan=False)] = 1.0
    """CPU cores of each copy."""
    accelerators: Annotated[int, Field(ge=1, le=64)] | None = None
    """GPUs or AWS's own accelerators of each copy; left out, none."""
    copies: CopyRangeSettings
    """Number of copies."""
    concurrency_per_copy: Annotated[int, Field(ge=1, le=1000)]
    """Requests at one time that one copy should handle; copies are added above it, removed below."""
    schedules: Schedules = ()
    """Other bounds of the copies by the clock."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        return schedule_problems(self.schedules, least=0)


class SharedSettings(SettingsSection):
    """An endpoint whose instances several inference components share."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: SleepingInstanceRangeSettings
    """Number of instances; SageMaker moves it as the copies need."""
    components: Annotated[tuple[ComponentSettings, ...], Field(min_length=1, max_length=20)]
    """What runs on the endpoint."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from unique({f"components[{index}].name": each.name for index, each in enumerate(self.components)})
        for index, each in enumerate(self.components):
            if not is_token(each.accelerators):
                path = f"components[{index}].accelerators"
                yield accelerator_problem(path, each.accelerators, self.instance_type)
