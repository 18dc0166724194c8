"""Instance volumes that a customer-managed key encrypts."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms


def grant_volumes(key: kms.IKey, role: iam.IRole) -> None:
    """Let ``role`` lend AWS services the right to encrypt volumes with ``key``, and no one else.

    See https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        )
    )
    role.add_to_principal_policy(iam.PolicyStatement(actions=["kms:DescribeKey"], resources=[key.key_arn]))
