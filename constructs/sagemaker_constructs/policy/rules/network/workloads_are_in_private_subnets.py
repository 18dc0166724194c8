"""Subnets of models, jobs and notebooks."""

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

_MODEL = resource(
    "AWS::SageMaker::Model",
    {"VpcConfig": {"Subnets": [{"Ref": "Subnet"}, "subnet-b"], "SecurityGroupIds": ["sg-a"]}},
)


class WorkloadsAreInPrivateSubnets(PolicyRule):
    """Models, jobs and notebooks are in subnets that hand out no public addresses and have no internet gateway."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::EC2::Subnet": "workloads-are-in-private-subnets"}
    page = f"{SECURITY_HUB}/ec2-controls.html#ec2-15"
    fix = "Choose private subnets; calls to AWS pass endpoints of the VPC."
    compliant: ClassVar[Resources] = {
        "Model": _MODEL,
        "Subnet": resource("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": False}),
    }
    broken: ClassVar[Resources] = {
        "Model": _MODEL,
        "Subnet": resource("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": True}),
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch, and the routes of its table."""
        if not used_by_sagemaker(subject):
            return
        if subject.text("MapPublicIpOnLaunch").lower() == "true":
            yield "MapPublicIpOnLaunch", "true"
        of = subject.landscape
        for association in of.of_type("AWS::EC2::SubnetRouteTableAssociation"):
            table = of.referred(association, association.value("RouteTableId"))
            if of.referred(association, association.value("SubnetId")) is not subject or table is None:
                continue
            for route in of.of_type("AWS::EC2::Route"):
                gateway = of.referred(route, route.value("GatewayId"))
                if gateway is None or gateway.type != "AWS::EC2::InternetGateway":
                    continue
                if of.referred(route, route.value("RouteTableId")) is table:
                    yield "", f"a route to the internet gateway {gateway.logical_id}"
