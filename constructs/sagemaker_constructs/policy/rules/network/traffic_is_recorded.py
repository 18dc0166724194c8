"""Flow logs."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import used_by_sagemaker

_WITHIN = {
    "Model": resource(
        "AWS::SageMaker::Model",
        {"VpcConfig": {"Subnets": [{"Ref": "Subnet"}, "subnet-b"], "SecurityGroupIds": ["sg-a"]}},
    ),
    "Subnet": resource("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}}),
    "Vpc": resource("AWS::EC2::VPC"),
}


class TrafficIsRecorded(PolicyRule):
    """The VPC that models, jobs and notebooks are in has flow logs."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::EC2::VPC": "traffic-is-recorded"}
    page = f"{SECURITY_HUB}/ec2-controls.html#ec2-6"
    fix = "Add an AWS::EC2::FlowLog of the VPC."
    production_only = True
    compliant: ClassVar[Resources] = {
        **_WITHIN,
        "Recorded": resource("AWS::EC2::FlowLog", {"ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC"}),
    }
    broken: ClassVar[Resources] = _WITHIN

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Whether a flow log refers to a VPC with subnets or groups that SageMaker uses."""
        users = subject.landscape.users[subject]
        if any(used_by_sagemaker(each) for each in users) and not any(
            each.type == "AWS::EC2::FlowLog" for each in users
        ):
            yield "", "no flow log"
