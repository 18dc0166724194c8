from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from harness.api_shapes import problems_of_resource
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.scaling.scaling_pace import ScalingPace
from sagemaker_constructs.serving.scaling.scaling_step import ScalingStep
from sagemaker_constructs.serving.variants.variant import Variant


@pytest.fixture
def endpoint(stack: Stack, key: kms.IKey) -> RealTimeEndpoint:
    model = Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"))
    variants = [
        Variant(model, "ml.c7i.large", InstanceRange(2, 8), name="Cpu"),
        Variant(model, "ml.g6.xlarge", InstanceRange(1, 4), name="Gpu"),
    ]
    return RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key)


def _policy(stack: Stack) -> dict[str, Any]:
    [policy] = Template.from_stack(stack).find_resources("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    return policy["Properties"]


def _alarm(stack: Stack, endpoint: RealTimeEndpoint) -> cloudwatch.Alarm:
    return endpoint.metric_invocations().create_alarm(stack, "Busy", threshold=100, evaluation_periods=1)


@pytest.mark.parametrize(
    ("method", "argument", "metric"),
    [
        ("scale_on_invocations", "per_instance_per_minute", "SageMakerVariantInvocationsPerInstance"),
        ("scale_on_concurrency", "per_model", "SageMakerVariantConcurrentRequestsPerModelHighResolution"),
    ],
)
def test_predefined_metrics(
    stack: Stack, endpoint: RealTimeEndpoint, method: str, argument: str, metric: str
) -> None:
    getattr(endpoint, method)(**{argument: 600})
    assert _policy(stack)["TargetTrackingScalingPolicyConfiguration"] == {
        "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
        "TargetValue": 600,
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 60,
    }


@pytest.mark.parametrize(
    ("arguments", "name", "variant"),
    [({}, "CPUUtilization", "Cpu"), ({"processor": "gpu", "variant": "Gpu"}, "GPUUtilization", "Gpu")],
)
def test_utilization(
    stack: Stack, endpoint: RealTimeEndpoint, arguments: dict[str, Any], name: str, variant: str
) -> None:
    endpoint.scale_on_utilization(percent=70, **arguments)
    assert _policy(stack)["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"] == {
        "Namespace": "/aws/sagemaker/Endpoints",
        "MetricName": name,
        "Statistic": "Average",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint.endpoint_name},
            {"Name": "VariantName", "Value": variant},
        ],
    }


def test_gpu_use_of_a_type_without_gpus_is_refused(endpoint: RealTimeEndpoint) -> None:
    with pytest.raises(InvalidInput, match=r"processor needs an instance type with GPUs, got: ml\.c7i\.large"):
        endpoint.scale_on_utilization(percent=70, processor="gpu", variant="Cpu")


def test_any_metric_at_a_pace_that_never_scales_in(stack: Stack, endpoint: RealTimeEndpoint) -> None:
    queue = cloudwatch.Metric(namespace="Ours", metric_name="Waiting", statistic="Sum", period=Duration.minutes(1))
    pace = ScalingPace(scale_out_cooldown=Duration.seconds(30), scale_in=False)
    endpoint.scale_on_metric("OnQueue", queue, target=5, pace=pace)
    assert _policy(stack)["TargetTrackingScalingPolicyConfiguration"] == {
        "CustomizedMetricSpecification": {
            "Namespace": "Ours",
            "MetricName": "Waiting",
            "Statistic": "Sum",
            "Dimensions": [],
        },
        "TargetValue": 5,
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 30,
        "DisableScaleIn": True,
    }


@pytest.mark.parametrize(
    ("statistic", "minutes", "problem"),
    [
        ("p99", 1, "statistic must be a known value, got: 'p99'"),
        ("Sum", 5, "period of the metric must be one minute"),
    ],
)
def test_a_metric_that_target_tracking_cannot_read_is_refused(
    endpoint: RealTimeEndpoint, statistic: str, minutes: int, problem: str
) -> None:
    metric = cloudwatch.Metric(
        namespace="Ours", metric_name="Waiting", statistic=statistic, period=Duration.minutes(minutes)
    )
    with pytest.raises(InvalidInput, match=problem):
        endpoint.scale_on_metric("OnQueue", metric, target=5)


def test_steps_hang_on_their_alarm(stack: Stack, endpoint: RealTimeEndpoint) -> None:
    steps = [ScalingStep(change=1, lower=0, upper=50), ScalingStep(change=3, lower=50)]
    endpoint.scale_in_steps("Burst", alarm=_alarm(stack, endpoint), steps=steps)
    assert _policy(stack)["StepScalingPolicyConfiguration"] == {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 300,
        "MetricAggregationType": "Maximum",
        "StepAdjustments": [
            {"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 50},
            {"ScalingAdjustment": 3, "MetricIntervalLowerBound": 50},
        ],
    }
    template = Template.from_stack(stack)
    [policy] = template.find_resources("AWS::ApplicationAutoScaling::ScalingPolicy")
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "Invocations", "AlarmActions": [{"Ref": policy}]}
    )


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "steps must name at least one step, got: none"),
        (
            [ScalingStep(1)],
            r"steps\[0\] is refused by AWS: A step adjustment needs a lower or an upper bound, got: neither",
        ),
        ([ScalingStep(1, lower=5, upper=5)], "must be larger than its lower bound, got: 5 to 5"),
        ([ScalingStep(1, 0, 5), ScalingStep(2, 6)], "without gap or overlap, got: 5 then 6"),
        ([ScalingStep(1, 0), ScalingStep(2, 6)], "without gap or overlap, got: inf then 6"),
        ([ScalingStep(1, index, index + 1) for index in range(21)], "steps may hold at most 20 entries, got: 21"),
    ],
)
def test_impossible_steps_are_refused(
    stack: Stack, endpoint: RealTimeEndpoint, steps: list[ScalingStep], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        endpoint.scale_in_steps("Burst", alarm=_alarm(stack, endpoint), steps=steps)


def test_schedules_live_on_the_target_of_their_variant(stack: Stack, endpoint: RealTimeEndpoint) -> None:
    endpoint.scale_on_schedule("OfficeHours", schedule="cron(0 8 ? * MON-FRI *)", instances=InstanceRange(4, 8))
    endpoint.scale_on_schedule(
        "Night", schedule="cron(0 18 ? * MON-FRI *)", instances=InstanceRange(2, 8), time_zone="Europe/Berlin"
    )
    [target] = Template.from_stack(stack).find_resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
    assert target["Properties"]["ScheduledActions"] == [
        {
            "ScheduledActionName": "OfficeHours",
            "Schedule": "cron(0 8 ? * MON-FRI *)",
            "Timezone": "UTC",
            "ScalableTargetAction": {"MinCapacity": 4, "MaxCapacity": 8},
        },
        {
            "ScheduledActionName": "Night",
            "Schedule": "cron(0 18 ? * MON-FRI *)",
            "Timezone": "Europe/Berlin",
            "ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 8},
        },
    ]


@pytest.mark.parametrize(
    ("schedule", "instances", "problem"),
    [
        ("0 8 * * *", InstanceRange(4), r"schedule must be cron\(…\), rate\(…\) or at\(…\), got: '0 8 \* \* \*'"),
        ("rate(1 day)", InstanceRange(0, 4), r"capacity\.minimum must be at least 1, got: 0"),
        ("rate(1 day)", InstanceRange(4, 2), r"capacity\.maximum must be at least the minimum \(4\), got: 2"),
    ],
)
def test_an_impossible_schedule_is_refused(
    endpoint: RealTimeEndpoint, schedule: str, instances: InstanceRange, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        endpoint.scale_on_schedule("OfficeHours", schedule=schedule, instances=instances)


def test_a_schedule_used_twice_is_refused(endpoint: RealTimeEndpoint) -> None:
    endpoint.scale_on_schedule("Daily", schedule="rate(1 day)", instances=InstanceRange(4))
    with pytest.raises(InvalidInput, match="the schedule 'Daily' is there already"):
        endpoint.scale_on_schedule("Daily", schedule="rate(1 day)", instances=InstanceRange(2))


def test_all_of_it_together_shares_one_target_per_variant(stack: Stack, endpoint: RealTimeEndpoint) -> None:
    endpoint.scale_on_invocations(per_instance_per_minute=600)
    endpoint.scale_on_concurrency(per_model=4)
    endpoint.scale_on_utilization(percent=50, variant="Gpu")
    endpoint.scale_on_schedule("Daily", schedule="rate(1 day)", instances=InstanceRange(4))
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 2)
    template.resource_count_is("AWS::ApplicationAutoScaling::ScalingPolicy", 3)
    for kind in ("Endpoint", "EndpointConfig"):
        for resource in template.find_resources(f"AWS::SageMaker::{kind}").values():
            assert problems_of_resource(kind, resource["Properties"]) == []


def test_burstable_instances_serve_without_scaling(stack: Stack, key: kms.IKey) -> None:
    model = Model(stack, "Small", image=ModelImage.from_directory("tests/unit/image"))
    RealTimeEndpoint(stack, "Small1", model=model, instance_type="ml.t2.medium", encryption_key=key)
    Template.from_stack(stack).resource_count_is("AWS::ApplicationAutoScaling::ScalableTarget", 0)


def test_a_policy_without_room_to_move_in_is_refused_unless_a_schedule_gives_it_some(
    stack: Stack, key: kms.IKey
) -> None:
    model = Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"))
    fixed = RealTimeEndpoint(
        stack, "Api", model=model, instance_type="ml.c7i.large", instances=InstanceRange(1), encryption_key=key
    )
    rule = r"must have a maximum above its minimum for scaling to move anything, got: InstanceRange\(1, 1\)"
    with pytest.raises(InvalidInput, match=rule):
        fixed.scale_on_invocations(per_instance_per_minute=600)
    with pytest.raises(InvalidInput, match=rule):
        fixed.scale_in_steps("Steps", alarm=_alarm(stack, fixed), steps=[ScalingStep(1, lower=0)])
    fixed.scale_on_schedule("Day", schedule="cron(0 8 ? * MON-FRI *)", instances=InstanceRange(1, 8))
    fixed.scale_on_invocations(per_instance_per_minute=600)
    assert _policy(stack)["PolicyType"] == "TargetTrackingScaling"
