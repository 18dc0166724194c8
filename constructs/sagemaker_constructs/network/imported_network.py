"""A VPC that exists already, named by identifiers so that synth looks nothing up."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, matches, reject, unique
from sagemaker_constructs.network.vpc_placement import VpcPlacement


class ImportedNetwork(Construct):
    """Subnets and security groups of a VPC that another team or stack owns. Provisions nothing.

    ``subnet_owner`` is the account that shares the subnets through AWS RAM (default: the stack's own).

    Raises ``InvalidInput`` for identifiers of the wrong form and for fewer than two subnets.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html and
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        subnet_ids: Sequence[str],
        security_group_ids: Sequence[str],
        subnet_owner: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        owner = (
            matches("subnet_owner", subnet_owner, r"[0-9]{12}", "an account of 12 digits") if subnet_owner else None
        )
        reject(self, [*network_problems(subnet_ids, security_group_ids), owner])
        self.placement: VpcPlacement = VpcPlacement(
            subnets=[
                ec2.Subnet.from_subnet_id(self, f"Subnet{number}", subnet)
                for number, subnet in enumerate(subnet_ids, start=1)
            ],
            security_groups=[
                ec2.SecurityGroup.from_security_group_id(self, f"SecurityGroup{number}", group)
                for number, group in enumerate(security_group_ids, start=1)
            ],
            subnet_owner=subnet_owner,
        )


def network_problems(subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> Iterator[Problem | None]:
    """What AWS would refuse."""
    if len(subnet_ids) < 2:
        yield Problem("subnet_ids", f"must name at least two subnets, in two zones, got: {len(subnet_ids)}")
    if not security_group_ids:
        yield Problem("security_group_ids", "must name at least one group, got: none")
    for name, prefix, values in (
        ("subnet_ids", "subnet", subnet_ids),
        ("security_group_ids", "sg", security_group_ids),
    ):
        named = {f"{name}[{index}]": value for index, value in enumerate(values)}
        for path, value in named.items():
            yield matches(path, value, rf"{prefix}-[0-9a-f]{{8,17}}", f"an identifier like {prefix}-0a1b2c3d")
        yield from unique(named)
