"""The network of models."""

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
from sagemaker_constructs.policy.relations import is_serverless_only

_VPC = {"Subnets": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"]}


class ModelsAreInAVpc(PolicyRule):
    """A model reads its data through a VPC of its account."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Model": "models-are-in-a-vpc"}
    page = f"{GUIDE}/host-vpc.html"
    fix = "Set VpcConfig to private subnets with an endpoint for S3."
    compliant: ClassVar[Resources] = {"Model": resource("AWS::SageMaker::Model", {"VpcConfig": _VPC})}
    broken: ClassVar[Resources] = {"Model": resource("AWS::SageMaker::Model")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The network, but for serverless endpoints, which have none."""
        incomplete = [each for each in ("Subnets", "SecurityGroupIds") if subject.lacks(f"VpcConfig.{each}")]
        if incomplete and not is_serverless_only(subject):
            yield "VpcConfig", f"no {' and no '.join(incomplete)}"
