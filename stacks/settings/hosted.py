"""What every endpoint with one model on instances of its own can be told."""

from stacks.settings.capacity import InstanceRange, StartupSettings
from stacks.settings.fields import HostingInstanceType
from stacks.settings.rollout import RolloutSettings
from stacks.settings.scaling import ScalingSettings
from stacks.settings.section import Section


class HostedSettings(Section):
    """One model on instances of its own."""

    instance_type: HostingInstanceType
    """Instance type."""
    instances: InstanceRange
    """Number of instances; a range needs `scaling` beside it."""
    scaling: ScalingSettings | None = None
    """Autoscaling within `instances`; left out, the number of instances is fixed."""
    rollout: RolloutSettings | None = None
    """How an update moves, by `mode`; left out, all at once with five minutes of bake."""
    startup: StartupSettings | None = None
    """Time to start; left out, SageMaker's own limits."""
