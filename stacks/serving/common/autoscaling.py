"""Autoscaling from its settings."""

from itertools import pairwise

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.scaling_step import ScalingStep
from stacks.serving.common.scaling import ScalingSettings, StepSettings


def add_scaling(endpoint: RealTimeEndpoint, chosen: ScalingSettings | None) -> None:
    """Scale every variant of ``endpoint`` as ``chosen`` says, if it says anything."""
    if chosen is None:
        return
    pace = chosen.pace()
    for variant in [variant.name for variant in endpoint.variants]:
        for schedule in chosen.schedules:
            endpoint.scale_on_schedule(
                schedule.name,
                schedule=schedule.when,
                instances=schedule.instances,
                time_zone=schedule.time_zone,
                variant=variant,
            )
        if chosen.invocations_per_instance_per_minute:
            endpoint.scale_on_invocations(
                per_instance_per_minute=chosen.invocations_per_instance_per_minute, variant=variant, pace=pace
            )
        if chosen.concurrency_per_model:
            endpoint.scale_on_concurrency(per_model=chosen.concurrency_per_model, variant=variant, pace=pace)
        if chosen.cpu_percent:
            endpoint.scale_on_utilization(percent=chosen.cpu_percent, variant=variant, pace=pace)
        if chosen.gpu_percent:
            endpoint.scale_on_utilization(percent=chosen.gpu_percent, processor="gpu", variant=variant, pace=pace)
        if chosen.steps:
            _scale_in_steps(endpoint, variant, sorted(chosen.steps, key=lambda step: step.above))


def _scale_in_steps(endpoint: RealTimeEndpoint, variant: str, steps: list[StepSettings]) -> None:
    first = steps[0].above
    alarm = endpoint.metric_invocations_per_instance(variant=variant).create_alarm(
        endpoint,
        f"{variant}Peak",
        alarm_description=f"{endpoint.endpoint_name}: {variant} has a peak of {first} invocations per instance",
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold=first,
        evaluation_periods=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    upper = [*(after.above - first for _, after in pairwise(steps)), None]
    endpoint.scale_in_steps(
        "InSteps",
        alarm=alarm,
        steps=[
            ScalingStep(step.add, lower=step.above - first, upper=end) for step, end in zip(steps, upper, strict=True)
        ],
        cooldown=minutes(1),
        variant=variant,
    )
