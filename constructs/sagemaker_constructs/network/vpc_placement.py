"""Where in a VPC jobs and models run."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from sagemaker_constructs.core.acknowledgement import acknowledge_wildcard


@dataclass(frozen=True)
class VpcPlacement:
    """Subnets and security groups for SageMaker's network interfaces.

    ``subnets`` should lie in at least two availability zones.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    """

    subnets: Sequence[ec2.ISubnet]
    security_groups: Sequence[ec2.ISecurityGroup]

    @property
    def subnet_ids(self) -> list[str]:
        """The identifiers of ``subnets``."""
        return [subnet.subnet_id for subnet in self.subnets]

    @property
    def security_group_ids(self) -> list[str]:
        """The identifiers of ``security_groups``."""
        return [group.security_group_id for group in self.security_groups]

    @property
    def vpc_config(self) -> dict[str, list[str]]:
        """The ``VpcConfig`` of SageMaker's resources."""
        return {"subnets": self.subnet_ids, "securityGroupIds": self.security_group_ids}

    def grant_network_interfaces(self, role: iam.IRole) -> None:
        """Let ``role`` (an execution role) attach network interfaces here, and nowhere else.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
        """

        stack = Stack.of(role)

        def arn(resource: str, name: str) -> str:
            return f"arn:{Aws.PARTITION}:ec2:{stack.region}:{stack.account}:{resource}/{name}"

        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateNetworkInterface"],
                resources=[
                    *[arn("subnet", subnet) for subnet in self.subnet_ids],
                    *[arn("security-group", group) for group in self.security_group_ids],
                    arn("network-interface", "*"),
                ],
            )
        )
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DeleteNetworkInterfacePermission",
                ],
                resources=[arn("network-interface", "*")],
                conditions={"ArnEquals": {"ec2:Subnet": [arn("subnet", subnet) for subnet in self.subnet_ids]}},
            )
        )
        # EC2's Describe calls know no resource.
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=[
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeSecurityGroups",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeVpcs",
                ],
                resources=["*"],
            )
        )
        acknowledge_wildcard(
            role,
            arn("network-interface", "*"),
            "*",
            reason="SageMaker makes the interfaces at run time, in the named subnets and security groups only; "
            "EC2's Describe calls know no resource.",
        )
