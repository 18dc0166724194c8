"""Instance volumes that a customer-managed key encrypts."""

from aws_cdk import aws_kms as kms

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import key_arn


def grant_volumes(key: kms.IKey, grants: Grants) -> None:
    """Allow lending AWS services the right to encrypt volumes with ``key``, and no one else.

    See https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
    """
    arn = key_arn(key)
    grants.allow("kms:CreateGrant", on=arn, when={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    grants.allow("kms:DescribeKey", on=arn)
