"""A bucket as machine learning data deserves it."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.storage.bucket_name import lead_with_sagemaker
from sagemaker_constructs.storage.single_region import acknowledge_single_region


class EncryptedBucket(Construct):
    """A private, versioned bucket, encrypted with a customer-managed key, reached through TLS 1.2 only.

    Every access is logged to ``access_logs``, the bucket of an ``AccessLogBucket``. Superseded versions expire
    after ``noncurrent_versions_for`` (default 90 days), broken uploads after 7 days; current objects never,
    unless ``expire_after`` says so. The bucket is retained when its stack goes, and its generated name contains
    ``sagemaker``.

    Provisions: one ``AWS::S3::Bucket`` and its policy.
    Raises ``InvalidInput`` for an expiry under one day.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey,
        access_logs: s3.IBucket,
        noncurrent_versions_for: Duration | None = None,
        expire_after: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        super().__init__(scope, id)
        noncurrent = noncurrent_versions_for or Duration.days(90)
        reject(
            self,
            [
                _whole_days("noncurrent_versions_for", noncurrent),
                _whole_days("expire_after", expire_after),
            ],
        )
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption_key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="ExpireSuperseded",
                    expiration=expire_after,
                    noncurrent_version_expiration=noncurrent,
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                )
            ],
            removal_policy=removal_policy,
        )
        # Not by the L2's property, which without a feature flag falls back on access control lists.
        resource = cast(s3.CfnBucket, default_child(self.bucket))
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=access_logs.bucket_name, log_file_prefix=f"{id.lower()}/"
        )
        lead_with_sagemaker(self.bucket)
        acknowledge_single_region(self.bucket)


def _whole_days(path: str, duration: Duration | None) -> Problem | None:
    if duration is None or duration.to_seconds() >= 86_400:
        return None
    return Problem(path, f"must be at least one day, got: {duration.to_human_string()}")
