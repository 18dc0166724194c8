"""Application Auto Scaling over boto3."""

from typing import Any

import pytest

from harness.aws_clients import Clients, refused

TARGET = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
POLICY = {
    "PolicyName": "invocations",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 100.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
}


@pytest.fixture
def scaling(client: Clients) -> Any:
    return client("application-autoscaling")


def test_targets_and_policies(scaling: Any) -> None:
    named = {**TARGET, "ResourceId": "endpoint/a/variant/main"}
    arn = scaling.register_scalable_target(**named, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
    assert scaling.register_scalable_target(**named, MaxCapacity=8)["ScalableTargetARN"] == arn
    scaling.put_scaling_policy(**named, **POLICY)
    (target,) = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=["endpoint/a/variant/main"]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 8)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId="endpoint/a/variant/main")[
        "ScalingPolicies"
    ]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 100.0
    scaling.deregister_scalable_target(**named)
    assert (
        scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId="endpoint/a/variant/main")[
            "ScalingPolicies"
        ]
        == []
    )


def test_what_is_refused(scaling: Any) -> None:
    named = {**TARGET, "ResourceId": "endpoint/b/variant/main"}
    assert refused(scaling.put_scaling_policy, **named, **POLICY)[0] == "ObjectNotFoundException"
    assert refused(scaling.deregister_scalable_target, **named)[0] == "ObjectNotFoundException"
    assert (
        refused(scaling.register_scalable_target, **named, MinCapacity=3, MaxCapacity=2)[0] == "ValidationException"
    )
    assert refused(scaling.register_scalable_target, **named)[0] == "ValidationException"
    wrong = {**named, "ScalableDimension": "sagemaker:variant:Count"}
    assert (
        "Member must satisfy enum value set"
        in refused(scaling.register_scalable_target, **wrong, MinCapacity=1, MaxCapacity=2)[1]
    )
