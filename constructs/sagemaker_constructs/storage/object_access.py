"""Exact rights on a bucket's objects: the grants of aws-cdk-lib end in ``Get*`` and ``List*``."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.acknowledgement import acknowledge_wildcard


def grant_read_objects(bucket: s3.IBucket, role: iam.IRole, pattern: str) -> None:
    """Let ``role`` read the objects whose keys match ``pattern`` (``folder/*`` or one key), and list them."""
    role.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(pattern)])
    )
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [pattern]}},
        )
    )
    if bucket.encryption_key:
        bucket.encryption_key.grant(role, "kms:Decrypt")
    _acknowledge_pattern(bucket, role, pattern)


def grant_write_objects(bucket: s3.IBucket, role: iam.IRole, pattern: str) -> None:
    """Let ``role`` write objects whose keys match ``pattern``; it can neither read nor delete them."""
    role.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[bucket.arn_for_objects(pattern)],
        )
    )
    if bucket.encryption_key:
        # Decrypt as well: the parts of a multipart upload are read back when it completes.
        bucket.encryption_key.grant(role, "kms:GenerateDataKey", "kms:Decrypt")
    _acknowledge_pattern(bucket, role, pattern)


def _acknowledge_pattern(bucket: s3.IBucket, role: iam.IRole, pattern: str) -> None:
    if "*" not in pattern:
        return
    owner = Stack.of(bucket)
    arn = bucket.bucket_arn
    if owner is not Stack.of(role) and not isinstance(owner.resolve(arn), str):
        # How the reference will read in the other stack's template.
        arn = owner.export_value(arn)
    acknowledge_wildcard(
        role,
        f"{arn}/{pattern}",
        reason="Keys below this prefix are chosen at run time, one per job or request.",
    )
