from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from harness.api_shapes import problems_of_resource
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.rollouts.rollout import (
    AllAtOnceRollout,
    CanaryRollout,
    LinearRollout,
    RollingRollout,
    Rollout,
)
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant

MINUTES = Duration.minutes


@pytest.fixture
def model(stack: Stack) -> Model:
    return Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image"))


def _deployment(
    stack: Stack, key: kms.IKey, rollout: Rollout, *variants: Variant, **arguments: Any
) -> dict[str, Any]:
    RealTimeEndpoint(stack, "Api", variants=variants, encryption_key=key, rollout=rollout, **arguments)
    [endpoint] = Template.from_stack(stack).find_resources("AWS::SageMaker::Endpoint").values()
    assert problems_of_resource("Endpoint", endpoint["Properties"]) == []
    return endpoint["Properties"]["DeploymentConfig"]


@pytest.mark.parametrize(
    ("rollout", "policy"),
    [
        (
            AllAtOnceRollout(),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
                    "TerminationWaitInSeconds": 0,
                    "MaximumExecutionTimeoutInSeconds": 3600,
                }
            },
        ),
        (
            CanaryRollout(percent=10, bake=MINUTES(10), termination_wait=MINUTES(2)),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "WaitIntervalInSeconds": 600,
                        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                    },
                    "TerminationWaitInSeconds": 120,
                    "MaximumExecutionTimeoutInSeconds": 3600,
                }
            },
        ),
        (
            LinearRollout(instances=2, maximum_execution=MINUTES(30)),
            {
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "LINEAR",
                        "WaitIntervalInSeconds": 300,
                        "LinearStepSize": {"Type": "INSTANCE_COUNT", "Value": 2},
                    },
                    "TerminationWaitInSeconds": 0,
                    "MaximumExecutionTimeoutInSeconds": 1800,
                }
            },
        ),
        (
            RollingRollout(percent=25, rollback_percent=100),
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
                    "WaitIntervalInSeconds": 300,
                    "MaximumExecutionTimeoutInSeconds": 7200,
                    "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 100},
                }
            },
        ),
    ],
    ids=["all at once", "canary", "linear", "rolling"],
)
def test_each_rollout_becomes_its_policy(
    stack: Stack, key: kms.IKey, model: Model, rollout: Rollout, policy: dict[str, Any]
) -> None:
    variant = Variant(model, "ml.c7i.large", InstanceRange(4))
    deployment = _deployment(stack, key, rollout, variant)
    assert len(deployment.pop("AutoRollbackConfiguration")["Alarms"]) == 2
    assert deployment == policy


@pytest.mark.parametrize(
    ("rollout", "problem"),
    [
        (CanaryRollout(), "rollout must have either percent or instances, got: neither"),
        (CanaryRollout(percent=10, instances=1), "rollout must have either percent or instances, got: both"),
        (CanaryRollout(percent=51), r"rollout\.percent is refused by AWS: A canary is 1 to 50 percent .* got: 51"),
        (
            CanaryRollout(instances=3),
            r"rollout is refused by AWS: .* at most half .* got: 3 of the 4 instances of AllTraffic",
        ),
        (LinearRollout(percent=9), r"rollout\.percent is refused by AWS: .* got: 9"),
        (RollingRollout(percent=4), r"rollout\.percent is refused by AWS: .* got: 4"),
        (
            RollingRollout(percent=5, rollback_percent=101),
            r"rollout\.rollback\.percent is refused by AWS: .* got: 101",
        ),
        (AllAtOnceRollout(bake=MINUTES(61)), r"rollout\.bake in seconds must be between 180 and 3600, got: 3660"),
        (
            AllAtOnceRollout(bake=Duration.millis(1500)),
            r"rollout\.bake must be whole seconds, got: 1500 mil",
        ),
        (AllAtOnceRollout(termination_wait=MINUTES(61)), r"rollout\.termination_wait in seconds must be between"),
        (AllAtOnceRollout(maximum_execution=MINUTES(9)), r"rollout\.maximum_execution in seconds must be between"),
        (
            AllAtOnceRollout(bake=MINUTES(60)),
            r"rollout\.maximum_execution must be longer than all waits together \(3600 seconds\), got: 3600 seconds",
        ),
        (LinearRollout(percent=10, bake=MINUTES(6)), r"longer than all waits together \(3600 seconds\)"),
        (RollingRollout(instances=1, bake=MINUTES(30)), r"longer than all waits together \(7200 seconds\)"),
    ],
)
def test_what_aws_would_refuse_is_refused(
    stack: Stack, key: kms.IKey, model: Model, rollout: Rollout, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        _deployment(stack, key, rollout, Variant(model, "ml.c7i.large", InstanceRange(4)))


@pytest.mark.parametrize(
    "rollout",
    [
        CanaryRollout(percent=50),
        CanaryRollout(instances=2),
        LinearRollout(percent=10),
        LinearRollout(percent=50, bake=MINUTES(29)),
        RollingRollout(percent=5),
        RollingRollout(percent=50, rollback_percent=5),
        AllAtOnceRollout(bake=MINUTES(60), termination_wait=MINUTES(60), maximum_execution=MINUTES(121)),
        AllAtOnceRollout(bake=MINUTES(3), maximum_execution=MINUTES(10)),
    ],
)
def test_the_limits_themselves_are_allowed(stack: Stack, key: kms.IKey, model: Model, rollout: Rollout) -> None:
    assert _deployment(stack, key, rollout, Variant(model, "ml.c7i.large", InstanceRange(4)))


def test_a_rolling_update_of_several_variants_is_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    variants = [Variant(model, "ml.c7i.large", InstanceRange(2), name=name) for name in ("Blue", "Green")]
    with pytest.raises(InvalidInput, match="does not support endpoints with several variants, got: 2 variants"):
        _deployment(stack, key, RollingRollout(percent=50), *variants)


@pytest.mark.parametrize("kind", [CanaryRollout, LinearRollout, RollingRollout])
def test_inferentia_1_moves_all_at_once_only(
    stack: Stack, key: kms.IKey, model: Model, kind: type[CanaryRollout | LinearRollout | RollingRollout]
) -> None:
    variant = Variant(model, "ml.inf1.xlarge", InstanceRange(2))
    with pytest.raises(InvalidInput, match=r"AllAtOnceRollout for Inferentia 1, got: ml\.inf1\.xlarge"):
        _deployment(stack, key, kind(percent=10), variant)


def test_inferentia_1_may_move_all_at_once(stack: Stack, key: kms.IKey, model: Model) -> None:
    assert _deployment(stack, key, AllAtOnceRollout(), Variant(model, "ml.inf1.xlarge"))


def test_a_latency_limit_adds_an_alarm_in_microseconds(stack: Stack, key: kms.IKey, model: Model) -> None:
    variant = Variant(model, "ml.c7i.large")
    deployment = _deployment(stack, key, AllAtOnceRollout(), variant, latency_limit=Duration.millis(250))
    assert len(deployment["AutoRollbackConfiguration"]["Alarms"]) == 3
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm", {"MetricName": "ModelLatency", "ExtendedStatistic": "p99", "Threshold": 250_000}
    )


@pytest.mark.parametrize(("variants", "alarms"), [(3, 6), (4, 2), (10, 2)])
def test_many_variants_share_alarms_on_the_worst_of_them(
    stack: Stack, key: kms.IKey, model: Model, variants: int, alarms: int
) -> None:
    fleet = [Variant(model, "ml.c7i.large", name=f"V{index}") for index in range(variants)]
    deployment = _deployment(stack, key, AllAtOnceRollout(), *fleet)
    assert len(deployment["AutoRollbackConfiguration"]["Alarms"]) == alarms
    shared = [
        alarm["Properties"]["Metrics"]
        for alarm in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
        if "Metrics" in alarm["Properties"]
    ]
    assert [len(metrics) for metrics in shared] == ([] if variants == 3 else [variants + 1] * 2)


def test_a_latency_limit_of_nothing_is_refused(stack: Stack, key: kms.IKey, model: Model) -> None:
    variant = Variant(model, "ml.c7i.large")
    with pytest.raises(InvalidInput, match="latency_limit in milliseconds must be greater than 0, got: 0"):
        _deployment(stack, key, AllAtOnceRollout(), variant, latency_limit=Duration.millis(0))
