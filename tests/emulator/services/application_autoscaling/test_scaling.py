"""Scaling policies act: the desired count of a variant follows its load, its metrics and its alarms."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.aws_clients import Clients, wait_for
from harness.serving_endpoints import counts, deploy, variant

DIMENSION = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


@pytest.fixture
def scaling(client: Clients) -> Any:
    return client("application-autoscaling")


@pytest.fixture
def endpoint(sagemaker: Any, echo_image: str) -> Iterator[str]:
    name = deploy(sagemaker, f"scales-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def target(scaling: Any, endpoint: str) -> Iterator[dict[str, str]]:
    """A scalable target of one to four instances."""
    named = {**DIMENSION, "ResourceId": f"endpoint/{endpoint}/variant/main"}
    scaling.register_scalable_target(**named, MinCapacity=1, MaxCapacity=4)
    yield named
    scaling.deregister_scalable_target(**named)


@pytest.fixture
def put_metric(client: Clients, endpoint: str) -> Iterator[Callable[[float], None]]:
    """Publishes a value of a metric of the endpoint's own, again and again."""
    cloudwatch = client("cloudwatch")
    value, done = [0.0], threading.Event()

    def publish() -> None:
        while not done.wait(0.2):
            datum = {
                "MetricName": "Load",
                "Value": value[0],
                "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
            }
            cloudwatch.put_metric_data(Namespace="Mine", MetricData=[datum])

    thread = threading.Thread(target=publish)
    thread.start()
    yield lambda wanted: value.__setitem__(0, wanted)
    done.set()
    thread.join()


def track(scaling: Any, target: dict[str, str], **configuration: Any) -> None:
    scaling.put_scaling_policy(
        **target,
        PolicyName="tracks",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 60,
            **configuration,
        },
    )


def own_metric(endpoint: str) -> dict[str, Any]:
    return {
        "Namespace": "Mine",
        "MetricName": "Load",
        "Statistic": "Average",
        "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
    }


def test_invocations_scale_out_and_their_end_scales_in(
    client: Clients, scaling: Any, sagemaker: Any, endpoint: str, target: dict[str, str]
) -> None:
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    track(scaling, target, TargetValue=2.0, PredefinedMetricSpecification=metric)
    runtime, asked = client("sagemaker-runtime"), counts(sagemaker, endpoint)

    def load_and_ask() -> list[int]:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1")
        return asked()

    wait_for(load_and_ask, lambda found: found[0] > 1)
    wait_for(asked, lambda found: found == [1], seconds=60)
    activities = scaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId=target["ResourceId"])
    last, *_, first = activities["ScalingActivities"]
    assert "triggered policy tracks" in first["Cause"]
    assert first["StatusCode"] == "Successful"
    assert last["Description"] == "Setting desired instance count to 1."


def test_a_metric_of_one_s_own_within_the_bounds(
    scaling: Any, sagemaker: Any, endpoint: str, target: dict[str, str], put_metric: Callable[[float], None]
) -> None:
    put_metric(1000.0)
    track(scaling, target, TargetValue=10.0, CustomizedMetricSpecification=own_metric(endpoint))
    wait_for(counts(sagemaker, endpoint), lambda found: found == [4])
    put_metric(0.0)
    wait_for(counts(sagemaker, endpoint), lambda found: found == [1], seconds=60)


def test_suspended_scaling_waits(
    scaling: Any, sagemaker: Any, endpoint: str, target: dict[str, str], put_metric: Callable[[float], None]
) -> None:
    suspended = {"DynamicScalingOutSuspended": True}
    scaling.register_scalable_target(**target, SuspendedState=suspended)
    put_metric(1000.0)
    track(scaling, target, TargetValue=10.0, CustomizedMetricSpecification=own_metric(endpoint))
    time.sleep(5)
    assert counts(sagemaker, endpoint)() == [1]
    scaling.register_scalable_target(**target, SuspendedState={"DynamicScalingOutSuspended": False})
    wait_for(counts(sagemaker, endpoint), lambda found: found == [4])


@pytest.mark.parametrize(
    ("adjustment", "steps", "expected"),
    [
        ("ChangeInCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}], 2),
        (
            "ExactCapacity",
            [
                {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 2},
                {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
            ],
            3,
        ),
        ("PercentChangeInCapacity", [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 100}], 2),
    ],
)
def test_steps_of_an_alarm(
    client: Clients,
    scaling: Any,
    sagemaker: Any,
    endpoint: str,
    target: dict[str, str],
    put_metric: Callable[[float], None],
    adjustment: str,
    steps: list[Any],
    expected: int,
) -> None:
    policy = scaling.put_scaling_policy(
        **target,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": adjustment,
            "StepAdjustments": steps,
            "Cooldown": 3600,
        },
    )["PolicyARN"]
    put_metric(20.0)
    client("cloudwatch").put_metric_alarm(
        AlarmName=f"steps-{endpoint}",
        **own_metric(endpoint),
        Period=10,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy],
    )
    asked = counts(sagemaker, endpoint)
    assert wait_for(asked, lambda found: found != [1]) == [expected]
    time.sleep(2)
    assert asked() == [expected]
    client("cloudwatch").delete_alarms(AlarmNames=[f"steps-{endpoint}"])
