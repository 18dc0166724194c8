"""The zones of models."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import is_list
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)


class ModelsSpanZones(PolicyRule):
    """A model has subnets in at least two availability zones."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "models-span-zones"}
    page = f"{GUIDE}/best-practice-endpoint-availability.html"
    fix = "Name a second subnet, of another zone."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model", {"VpcConfig": {"Subnets": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg"]}}
        )
    }
    broken: ClassVar[Resources] = {
        "Model": resource(
            "AWS::SageMaker::Model", {"VpcConfig": {"Subnets": ["subnet-a"], "SecurityGroupIds": ["sg"]}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The subnets, where they are listed."""
        subnets = subject.value("VpcConfig.Subnets")
        if is_list(subnets) and len({str(each) for each in subnets}) == 1:
            yield "VpcConfig.Subnets", "one subnet"
