"""A VPC that exists already, named by identifiers so that synth looks nothing up."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_constructs.core.problems import each, matches, reject, unique
from sagemaker_constructs.network.vpc_placement import VpcPlacement


class ImportedNetwork(Construct):
    """Subnets and security groups of a VPC that another team or stack owns. Provisions nothing.

    Raises ``InvalidInput`` for identifiers of the wrong form and for fewer than two subnets.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    """

    def __init__(
        self, scope: Construct, id: str, *, subnet_ids: Sequence[str], security_group_ids: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                None
                if len(subnet_ids) >= 2
                else f"subnet_ids must name at least two subnets, in two zones, got: {len(subnet_ids)}",
                None if security_group_ids else "security_group_ids must name at least one group, got: none",
                unique("subnet_ids", subnet_ids),
                *each(
                    subnet_ids,
                    lambda value: matches(
                        "subnet_ids", value, r"subnet-[0-9a-f]{8,17}", "identifiers like subnet-0a1b2c3d"
                    ),
                ),
                *each(
                    security_group_ids,
                    lambda value: matches(
                        "security_group_ids", value, r"sg-[0-9a-f]{8,17}", "identifiers like sg-0a1b2c3d"
                    ),
                ),
            ],
        )
        self.placement = VpcPlacement(
            subnets=[
                ec2.Subnet.from_subnet_id(self, f"Subnet{number}", subnet)
                for number, subnet in enumerate(subnet_ids, start=1)
            ],
            security_groups=[
                ec2.SecurityGroup.from_security_group_id(self, f"SecurityGroup{number}", group)
                for number, group in enumerate(security_group_ids, start=1)
            ],
        )
