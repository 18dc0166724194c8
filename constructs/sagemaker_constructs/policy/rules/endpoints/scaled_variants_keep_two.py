"""How far down an endpoint scales."""

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


class ScaledVariantsKeepTwo(PolicyRule):
    """A variant that answers at once keeps at least two instances when it scales in."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::ApplicationAutoScaling::ScalableTarget": "scaled-variants-keep-two"}
    page = f"{GUIDE}/best-practice-endpoint-availability.html"
    fix = "Set MinCapacity to 2 or more."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Target": resource(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "ResourceId": "endpoint/churn/variant/A",
                "MinCapacity": 2,
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Target": resource(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                "ResourceId": "endpoint/churn/variant/A",
                "MinCapacity": 1,
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The minimum, but for endpoints with a queue."""
        if subject.text("ScalableDimension") != "sagemaker:variant:DesiredInstanceCount":
            return
        least = subject.value("MinCapacity")
        if str(least).isdigit() and int(least) < 2 and not is_asynchronous(endpoint_of(subject)):
            yield "MinCapacity", least
        for path, action in subject.members("ScheduledActions"):
            lowered = action.get("ScalableTargetAction", {}).get("MinCapacity")
            if str(lowered).isdigit() and int(lowered) < 2 and not is_asynchronous(endpoint_of(subject)):
                yield f"{path}.ScalableTargetAction.MinCapacity", lowered
