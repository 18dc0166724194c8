"""The way back from zero."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from sagemaker_constructs.serving.scaling.scaling_step import ScalingStep
from sagemaker_constructs.serving.scaling.scaling_target import ScalingTarget


def wake_up(
    scope: Construct, id: str, *, target: ScalingTarget, needed: cloudwatch.Metric, reason: str, cooldown: Duration
) -> None:
    """Add one to ``target`` as soon as ``needed`` is 1 or more in a minute.

    Target tracking cannot leave 0, where there is nothing to divide by. ``reason`` describes the alarm.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
    """
    alarm = needed.create_alarm(
        scope,
        id,
        alarm_description=reason,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=1,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    target.in_steps(
        "WakeUp",
        alarm=alarm,
        steps=[ScalingStep(change=1, lower=0)],
        adjustment="ChangeInCapacity",
        cooldown=cooldown,
    )
