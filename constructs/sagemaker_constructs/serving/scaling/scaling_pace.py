"""How eagerly capacity follows its target."""

from dataclasses import dataclass, field

from aws_cdk import Duration

from sagemaker_constructs.core.durations import minutes, seconds_of


@dataclass(frozen=True)
class ScalingPace:
    """Rests after each step in and out; with ``scale_in`` off, capacity only grows.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
    """

    scale_in_cooldown: Duration = field(default_factory=lambda: minutes(5))
    scale_out_cooldown: Duration = field(default_factory=lambda: minutes(1))
    scale_in: bool = True

    def properties(self) -> dict[str, object]:
        """The part of a ``TargetTrackingScalingPolicyConfiguration`` that names neither metric nor target."""
        properties: dict[str, object] = {
            "scaleInCooldown": seconds_of(self.scale_in_cooldown),
            "scaleOutCooldown": seconds_of(self.scale_out_cooldown),
        }
        if not self.scale_in:
            properties["disableScaleIn"] = True
        return properties
