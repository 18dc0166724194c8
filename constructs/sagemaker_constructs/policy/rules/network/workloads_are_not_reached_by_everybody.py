"""Security groups of models, jobs and notebooks."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import used_by_sagemaker

_MODEL = resource(
    "AWS::SageMaker::Model",
    {"VpcConfig": {"Subnets": ["subnet-a", "subnet-b"], "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}]}},
)


class WorkloadsAreNotReachedByEverybody(PolicyRule):
    """The security groups of models, jobs and notebooks let in nobody from the internet."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress"), "workloads-are-not-reached-by-everybody"
    )
    page = f"{SECURITY_HUB}/ec2-controls.html#ec2-18"
    fix = "Let in the security group of the caller."
    compliant: ClassVar[Resources] = {
        "Model": _MODEL,
        "Group": resource("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [{"CidrIp": "10.0.0.0/16"}]}),
    }
    broken: ClassVar[Resources] = {
        "Model": _MODEL,
        "Group": resource("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [{"CidrIp": "0.0.0.0/0"}]}),
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each rule that lets somebody in."""
        if subject.type == "AWS::EC2::SecurityGroupIngress":
            group = subject.landscape.referred(subject, subject.value("GroupId"))
            if group is not None and used_by_sagemaker(group) and _from_everywhere(subject.properties):
                yield "CidrIp", _from_everywhere(subject.properties)
        elif used_by_sagemaker(subject):
            for path, rule in subject.members("SecurityGroupIngress"):
                if _from_everywhere(rule):
                    yield path, _from_everywhere(rule)


def _from_everywhere(rule: Mapping[str, Any]) -> str:
    wide = [str(rule.get(each)) for each in ("CidrIp", "CidrIpv6") if rule.get(each) in ("0.0.0.0/0", "::/0")]
    return ", ".join(wide)
