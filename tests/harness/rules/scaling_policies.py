"""Scaling policies that break a rule."""

from collections.abc import Callable
from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_step import ScalingStep

Bounds = tuple[float | None, float | None]


def _policy(*bounds: Bounds) -> Request:
    named = [{"MetricIntervalLowerBound": lower, "MetricIntervalUpperBound": upper} for lower, upper in bounds]
    steps = [{"ScalingAdjustment": 1, **{name: at for name, at in one.items() if at is not None}} for one in named]
    return {
        "PolicyName": "judged",
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/steady/variant/one",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps},
    }


def _steps(*bounds: Bounds) -> Callable[[Stack], None]:
    def build(stack: Stack) -> None:
        model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
        endpoint = RealTimeEndpoint(
            stack, "Api", model=model, instance_type="ml.c7i.large", instances=InstanceRange(1, 4)
        )
        metric = cast(cloudwatch.IMetric, endpoint.metric_invocations())
        alarm = cloudwatch.Alarm(stack, "Alarm", metric=metric, threshold=1, evaluation_periods=1)
        endpoint.scale_in_steps("Steps", alarm=alarm, steps=[ScalingStep(1, *bound) for bound in bounds])

    return build


def _case(refused: tuple[Bounds, ...], taken: tuple[Bounds, ...]) -> RuleCase:
    return RuleCase(refused=_policy(*refused), taken=_policy(*taken), synth=_steps(*refused))


CASES = {
    "step-adjustments-have-a-bound": _case(((None, None),), ((0, None),)),
    "step-adjustments-reach-upwards": _case(((5, 5), (5, None)), ((5, 6), (6, None))),
    "step-adjustments-follow-one-another": _case(((0, 5), (6, None)), ((0, 5), (5, None))),
    "step-adjustments-reach-to-the-end": _case(((0, 5), (5, 10)), ((0, 5), (5, None))),
}
