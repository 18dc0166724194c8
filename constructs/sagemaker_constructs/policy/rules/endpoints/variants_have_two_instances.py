"""Security Hub SageMaker.4."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    CONTROLS,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import instance_variants


class VariantsHaveTwoInstances(PolicyRule):
    """A production variant on instances begins with at least two, which SageMaker spreads over zones."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "SageMaker.4"}
    page = f"{CONTROLS}#sagemaker-4"
    fix = "Set InitialInstanceCount to 2 or more."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"ProductionVariants": [{"InstanceType": "ml.c7i.large", "InitialInstanceCount": 2}]},
        )
    }
    broken: ClassVar[Resources] = {
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {"ProductionVariants": [{"InstanceType": "ml.c7i.large", "InitialInstanceCount": 1}]},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The number of each variant."""
        for path, variant in instance_variants(subject):
            count = variant.get("InitialInstanceCount", 1)
            if isinstance(count, int | str) and str(count).isdigit() and int(count) < 2:
                yield f"{path}.InitialInstanceCount", count
