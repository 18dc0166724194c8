"""Updates of endpoints that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.rollouts.rollout import CanaryRollout, LinearRollout, RollingRollout, Rollout
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant


def _update(endpoint: str, configuration: str, **members: Any) -> Request:
    return {"EndpointName": endpoint, "EndpointConfigName": configuration, **members}


def _routed(**routing: Any) -> Request:
    policy = {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 300, **routing}}
    return {"DeploymentConfig": {"BlueGreenUpdatePolicy": policy}}


_AT_ONCE = _routed(Type="ALL_AT_ONCE")
_CANARY = _routed(Type="CANARY", CanarySize={"Type": "CAPACITY_PERCENT", "Value": 50})


def _single_instance_with_a_canary(stack: Stack) -> None:
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
    RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.c7i.large", rollout=CanaryRollout(percent=50))


def _linear(percent: int) -> Request:
    return _routed(Type="LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": percent})


def _pair(stack: Stack, rollout: Rollout) -> None:
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
    instances = InstanceRange(2)
    RealTimeEndpoint(stack, "Api", model=model, instance_type="ml.c7i.large", instances=instances, rollout=rollout)


def _excluding(kind: str) -> Request:
    excluded = [{"VariantPropertyType": kind}]
    return {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": excluded}


_ROLLING = {
    "DeploymentConfig": {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 300,
        }
    }
}


def _rolling_variants(stack: Stack) -> None:
    model = Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"))
    variants = [Variant(model, "ml.c7i.large", InstanceRange(2), name=name) for name in ("One", "Two")]
    RealTimeEndpoint(stack, "Api", variants=variants, rollout=RollingRollout(percent=50))


CASES = {
    "scaled-variants-stay-as-they-are": RuleCase(
        refused=_update("steady", "larger"), taken=_update("burstable", "larger")
    ),
    "deployments-keep-the-names-of-variants": RuleCase(
        refused=_update("burstable", "renamed", **_AT_ONCE), taken=_update("burstable", "renamed")
    ),
    "shifted-rollouts-move-at-most-half": RuleCase(
        refused=_update("shifted", "steady", **_CANARY),
        taken=_update("shifted", "pair", **_CANARY),
        synth=_single_instance_with_a_canary,
    ),
    "shares-of-a-rollout-have-limits": RuleCase(
        refused=_update("shared-out", "pair", **_linear(9)),
        taken=_update("shared-out", "pair", **_linear(10)),
        synth=lambda stack: _pair(stack, LinearRollout(percent=9)),
    ),
    "rolling-updates-have-one-variant": RuleCase(
        refused=_update("rolled", "several", **_ROLLING),
        taken=_update("rolled", "pair", **_ROLLING),
        synth=_rolling_variants,
    ),
    "data-capture-is-no-retained-property": RuleCase(
        refused=_update("burstable", "burstable", **_excluding("DataCaptureConfig")),
        taken=_update("burstable", "burstable", **_excluding("DesiredWeight")),
    ),
}
