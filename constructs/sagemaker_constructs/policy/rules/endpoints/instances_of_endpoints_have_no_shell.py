"""Shells on the instances of endpoints."""

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


class InstancesOfEndpointsHaveNoShell(PolicyRule):
    """Nobody opens a shell in the containers of a production endpoint: it has the model's data and role."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "instances-of-endpoints-have-no-shell"}
    page = f"{GUIDE}/ssm-access.html"
    fix = "Take EnableSSMAccess away; debug another endpoint with the same model."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Config": resource("AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{}]})
    }
    broken: ClassVar[Resources] = {
        "Config": resource("AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{"EnableSSMAccess": True}]})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch of each variant."""
        for fleet in ("ProductionVariants", "ShadowProductionVariants"):
            for path, variant in subject.members(fleet):
                if str(variant.get("EnableSSMAccess")).lower() == "true":
                    yield f"{path}.EnableSSMAccess", "true"
