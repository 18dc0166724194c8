"""Targets that nothing scales."""

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

_TARGET = resource(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/churn/variant/A", "MinCapacity": 2},
)


class ScalableTargetsHavePolicies(PolicyRule):
    """A scalable target has a policy or a schedule: without one, nothing ever scales it."""

    ids: ClassVar[Mapping[str, str]] = {
        "AWS::ApplicationAutoScaling::ScalableTarget": "scalable-targets-have-policies"
    }
    page = f"{GUIDE}/endpoint-auto-scaling-add-policy.html"
    fix = "Add an AWS::ApplicationAutoScaling::ScalingPolicy whose ScalingTargetId is this target."
    compliant: ClassVar[Resources] = {
        "Target": _TARGET,
        "Policy": resource(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            {"PolicyType": "TargetTrackingScaling", "ScalingTargetId": {"Ref": "Target"}},
        ),
    }
    broken: ClassVar[Resources] = {"Target": _TARGET}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Whether a policy refers to it, or names its resource."""
        if subject.text("ServiceNamespace") != "sagemaker" or not subject.lacks("ScheduledActions"):
            return
        policies = subject.landscape.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
        named = subject.text("ResourceId")
        if not any(
            subject.landscape.referred(each, each.value("ScalingTargetId")) is subject
            or each.text("ResourceId") == named
            for each in policies
        ):
            yield "ResourceId", f"no policy for {named}"
