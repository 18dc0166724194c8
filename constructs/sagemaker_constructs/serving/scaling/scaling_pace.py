"""How eagerly capacity follows its target."""

from dataclasses import dataclass, field

from aws_cdk import Duration


@dataclass(frozen=True)
class ScalingPace:
    """Rests after each step in and out; with ``scale_in`` off, capacity only grows.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
    """

    scale_in_cooldown: Duration = field(default_factory=lambda: Duration.minutes(5))
    scale_out_cooldown: Duration = field(default_factory=lambda: Duration.minutes(1))
    scale_in: bool = True

    def properties(self) -> dict[str, object]:
        """The part of a ``TargetTrackingScalingPolicyConfiguration`` that names neither metric nor target."""
        properties: dict[str, object] = {
            "scaleInCooldown": self.scale_in_cooldown.to_seconds(),
            "scaleOutCooldown": self.scale_out_cooldown.to_seconds(),
        }
        if not self.scale_in:
            properties["disableScaleIn"] = True
        return properties
