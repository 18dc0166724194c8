"""The way back from zero."""

from constructs import Construct

from sagemaker_constructs.observability.measurement import Measurement
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.serving.scaling.scaling_step import ScalingStep
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget


def wake_up(
    scope: Construct, id: str, *, target: ScalingTarget, needed: Measurement, reason: str, cooldown_seconds: int
) -> None:
    """Add one to ``target`` as soon as ``needed`` is 1 or more in a minute.

    Target tracking cannot leave 0, where there is nothing to divide by. ``reason`` describes the alarm.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
    """
    policy = target.step_policy(
        "WakeUp",
        steps=[ScalingStep(change=1, lower=0)],
        adjustment="ChangeInCapacity",
        cooldown_seconds=cooldown_seconds,
    )
    AlarmRule(id, reason, [needed], 1, minutes=1, breaching=1).alarm(scope, "", actions=[policy], description=reason)
