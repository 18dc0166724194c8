"""Where in a VPC jobs and models run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import location_of


@dataclass(frozen=True)
class VpcPlacement:
    """Subnets and security groups for SageMaker's network interfaces.

    ``subnets`` should lie in at least two availability zones; they and the groups may be L1s. ``subnet_owner`` is the
    account that shares them, where it is another one; the security groups are always the stack's account's.
    ``services`` are those with an interface endpoint, of ``INTERFACE_SERVICES``, where there is no other way to them;
    None where that is not known.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    """

    subnets: Sequence[ec2.ISubnet | ec2.CfnSubnet]
    security_groups: Sequence[ec2.ISecurityGroup | ec2.CfnSecurityGroup]
    subnet_owner: str | None = None
    services: Sequence[str] | None = None

    @cached_property
    def subnet_ids(self) -> list[str]:
        """The identifiers of ``subnets``."""
        return [each.ref if isinstance(each, ec2.CfnSubnet) else each.subnet_id for each in self.subnets]

    @cached_property
    def security_group_ids(self) -> list[str]:
        """The identifiers of ``security_groups``."""
        return [
            each.attr_group_id if isinstance(each, ec2.CfnSecurityGroup) else each.security_group_id
            for each in self.security_groups
        ]

    @property
    def vpc_config(self) -> dict[str, list[str]]:
        """The ``VpcConfig`` of SageMaker's resources."""
        return {"subnets": self.subnet_ids, "securityGroupIds": self.security_group_ids}

    def grant_network_interfaces(self, scope: Construct, grants: Grants) -> None:
        """Allow an execution role in the stack of ``scope`` to attach network interfaces here, and nowhere else.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """
        location = location_of(scope)
        owner = replace(location, account=self.subnet_owner) if self.subnet_owner else location
        subnets = [owner.arn("ec2", "subnet", name=subnet) for subnet in self.subnet_ids]
        groups = [location.arn("ec2", "security-group", name=group) for group in self.security_group_ids]
        interfaces = location.arn("ec2", "network-interface", name="*")
        grants.allow(
            "ec2:CreateNetworkInterface",
            on=[*subnets, *groups, interfaces],
            because="SageMaker makes the interfaces at run time, in the named subnets and security groups only.",
        )
        grants.allow(
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            on=interfaces,
            when={"ArnEquals": {"ec2:Subnet": subnets}},
        )
        grants.allow(
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
            on="*",
            because="EC2's Describe calls are not available for a single resource.",
        )
