"""What every endpoint with one model on instances of its own is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from stacks.configuration.section import SettingsSection
from stacks.serving.common.capacity import InstanceRangeSettings, StartupSettings
from stacks.serving.common.fields import HostingInstanceType
from stacks.serving.common.rollout import RolloutSettings, rollout_problems
from stacks.serving.common.scaling import ScalingSettings, fixed_problem, gpu_problem


@dataclass(frozen=True)
class ChosenFleet:
    """The instances that settings ask for, as the rules of a fleet read them."""

    name: str
    instance_type: str
    instances: InstanceRange


class HostedSettings(SettingsSection):
    """One model on instances of its own."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: InstanceRangeSettings
    """Number of instances; a range needs `scaling` beside it."""
    scaling: ScalingSettings | None = None
    """Autoscaling within `instances`; left out, the number of instances is fixed."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, and instances that are never reached."""
        instances = self.instances.option()
        yield fixed_problem("instances", instances, self.scaling)
        yield gpu_problem(self.scaling, self.instance_type)
        yield from rollout_problems(self.rollout, [ChosenFleet("the endpoint", self.instance_type, instances)])
