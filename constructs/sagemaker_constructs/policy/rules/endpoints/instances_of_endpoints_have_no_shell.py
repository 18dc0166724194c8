"""Shells on the instances of endpoints."""

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import GUIDE, PolicyRule, Told, resource


class InstancesOfEndpointsHaveNoShell(PolicyRule):
    """Nobody opens a shell in the containers of a production endpoint: it has the model's data and role."""

    ids = {"AWS::SageMaker::EndpointConfig": "instances-of-endpoints-have-no-shell"}
    page = f"{GUIDE}/ssm-access.html"
    fix = "Take EnableSSMAccess away; debug another endpoint with the same model."
    production_only = True
    compliant = {"Config": resource("AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{}]})}
    broken = {
        "Config": resource("AWS::SageMaker::EndpointConfig", {"ProductionVariants": [{"EnableSSMAccess": True}]})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch of each variant."""
        for fleet in ("ProductionVariants", "ShadowProductionVariants"):
            for path, variant in subject.members(fleet):
                if str(variant.get("EnableSSMAccess")).lower() == "true":
                    yield f"{path}.EnableSSMAccess", "true"
