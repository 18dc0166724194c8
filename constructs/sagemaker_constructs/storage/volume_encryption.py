"""Instance volumes that a customer-managed key encrypts."""

from aws_cdk import aws_kms as kms

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.places import region, url_suffix
from sagemaker_constructs.storage.object_access import key_arn


def grant_volumes(key: kms.IKey, grants: Grants) -> None:
    """Allow lending AWS services the right to encrypt volumes with ``key``, and no one else.

    A grant is either for a resource of such a service, or made through SageMaker: sources differ in which of the two
    conditions SageMaker's own grants meet.

    See https://docs.aws.amazon.com/kms/latest/developerguide/grants.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    grant_volumes_by(key_arn(key), grants)


def grant_volumes_by(arn: str, grants: Grants) -> None:
    """``grant_volumes`` of the key with this ARN."""
    service = f"sagemaker.{region()}.{url_suffix()}"
    grants.allow("kms:CreateGrant", on=arn, when={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    grants.allow("kms:CreateGrant", on=arn, when={"StringEquals": {"kms:ViaService": service}})
    grants.allow("kms:DescribeKey", on=arn)
