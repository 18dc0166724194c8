"""Automatic scaling of endpoints."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import flat_text
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import scalable_targets_of, variants_of

_CONFIG = resource(
    "AWS::SageMaker::EndpointConfig",
    {
        "KmsKeyId": "alias/data",
        "ProductionVariants": [
            {"VariantName": "A", "ModelName": "churn", "InstanceType": "ml.c7i.large", "InitialInstanceCount": 2}
        ],
    },
)
_ENDPOINT = resource(
    "AWS::SageMaker::Endpoint", {"EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}}
)


class EndpointsScale(PolicyRule):
    """Each variant on instances scales with its requests: a fixed number is too few at noon and too many at night."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Endpoint": "endpoints-scale"}
    page = f"{GUIDE}/endpoint-auto-scaling.html"
    fix = "Add an AWS::ApplicationAutoScaling::ScalableTarget for the variant, with a scaling policy."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Config": _CONFIG,
        "Endpoint": _ENDPOINT,
        "Target": resource(
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {
                "ServiceNamespace": "sagemaker",
                "ResourceId": {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/A"},
                "MinCapacity": 2,
                "MaxCapacity": 4,
            },
        ),
    }
    broken: ClassVar[Resources] = {"Config": _CONFIG, "Endpoint": _ENDPOINT}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each variant whose configuration the app has."""
        scaled = {name for name, _ in scalable_targets_of(subject)}
        for _, variant in variants_of(subject)[1]:
            by_itself = variant.get("ManagedInstanceScaling") or not variant.get("ModelName")
            if not by_itself and flat_text(variant.get("VariantName")) not in scaled:
                yield "EndpointConfigName", f"variant {variant.get('VariantName')} of a fixed number of instances"
