"""What outlives the network interfaces that SageMaker has made."""

from collections.abc import Sequence

from aws_cdk import CfnResource
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, singleton
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.network.vpc_placement import VpcPlacement

_ID = "SageMakerInterfaceRelease"


class InterfaceRelease(BaseConstruct):
    """Is deleted only when SageMaker's network interfaces in ``security_groups`` are gone, at most 14 minutes later.

    A deletion that waits longer fails with the names of the interfaces that are left, and can be repeated.

    SageMaker deletes the interfaces of an endpoint or a job after those themselves, with the permissions of their
    execution role, and CloudFormation does not wait for that. Let what uses the network depend on ``resource``, and
    ``resource`` on what has to outlive the interfaces. ``role_id`` limits the wait to the interfaces that were made
    with that role, whose groups others may use too.

    Provisions: one custom resource; and once per stack an ``AWS::Lambda::Function`` that runs at deployment, with a
    role that may describe network interfaces, and a log group.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteEndpoint.html
    """

    def __init__(
        self, scope: Construct, id: str, *, security_groups: Sequence[str], role_id: str | None = None
    ) -> None:
        super().__init__(scope, id)
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerInterfaceRelease",
            properties={
                "ServiceToken": singleton(self, _ID, _function).arn,
                "SecurityGroupIds": list(security_groups),
                "RequesterId": role_id,
            },
        )


def role_release(scope: Construct, role: ExecutionRoleBase, placement: VpcPlacement | None) -> Sequence[IDependable]:
    """What a user of ``role`` in ``placement`` depends on, so that the role outlives its network interfaces.

    Nothing outside a VPC, or for a role that somebody else made, which outlives the stack.
    """
    if placement is None or role.unique_id is None:
        return ()
    groups = placement.security_group_ids
    return (InterfaceRelease(scope, "Release", security_groups=groups, role_id=role.unique_id).resource,)


def _function(scope: Construct, id: str) -> LibraryFunction:
    grants = Grants()
    grants.allow(
        "ec2:DescribeNetworkInterfaces",
        on="*",
        because="EC2's Describe calls are not available for a single resource.",
    )
    return LibraryFunction(
        scope,
        id,
        code="interface_release",
        handler="handler.handler",
        description="Waits until SageMaker has deleted its network interfaces",
        timeout_seconds=900,
        holds="It asks which network interfaces there are, and holds no data.",
        grants=grants,
    )
