"""Asynchronous endpoints without an instance."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import endpoint_of, is_asynchronous

_QUEUED = {
    "Config": resource(
        "AWS::SageMaker::EndpointConfig",
        {"AsyncInferenceConfig": {"OutputConfig": {"KmsKeyId": "alias/data", "S3FailurePath": "s3://failed"}}},
    ),
    "Endpoint": resource("AWS::SageMaker::Endpoint", {"EndpointConfigName": {"Ref": "Config"}}),
    "Target": resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            "ServiceNamespace": "sagemaker",
            "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/A"},
            "MinCapacity": 0,
        },
    ),
    "OnBacklog": resource(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {"PolicyType": "TargetTrackingScaling", "ScalingTargetId": {"Ref": "Target"}},
    ),
}


class AsynchronousEndpointsWakeUp(PolicyRule):
    """An asynchronous endpoint that scales to zero has a step policy for requests that find no instance.

    Target tracking divides by the number of instances, and so sees no backlog without one.
    """

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::ApplicationAutoScaling::ScalableTarget": "asynchronous-endpoints-wake-up"
    }
    page = f"{GUIDE}/async-inference-autoscale.html"
    fix = "Add a StepScaling policy, and an alarm on HasBacklogWithoutCapacity that calls it."
    compliant: ClassVar[Resources] = {
        **_QUEUED,
        "WakeUp": resource(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            {"PolicyType": "StepScaling", "ScalingTargetId": {"Ref": "Target"}},
        ),
    }
    broken: ClassVar[Resources] = _QUEUED

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The policies of a target that reaches zero."""
        if str(subject.value("MinCapacity")) != "0" or not is_asynchronous(endpoint_of(subject)):
            return
        policies = subject.landscape.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
        own = [
            each for each in policies if subject.landscape.referred(each, each.value("ScalingTargetId")) is subject
        ]
        if not any(each.text("PolicyType") == "StepScaling" for each in own):
            yield "MinCapacity", "0 without a step policy"
