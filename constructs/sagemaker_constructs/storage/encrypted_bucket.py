"""A bucket as machine learning data deserves it."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import default_child
from sagemaker_constructs.core.base_construct import adopt, singleton
from sagemaker_constructs.core.durations import days, seconds_of
from sagemaker_constructs.core.places import child_path
from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.logical_ids import lead_with_sagemaker
from sagemaker_constructs.storage.single_region import acknowledge_single_region


class EncryptedBucket(s3.Bucket):
    """A private, versioned bucket, encrypted with a customer-managed key, reached through TLS 1.2 only.

    Every access is logged to ``access_logs``. Key and log bucket default to the stack's own ``EncryptionKey`` and
    ``AccessLogBucket``. Superseded versions expire
    after ``noncurrent_versions_for`` (default 90 days), broken uploads after 7 days; current objects never,
    unless ``expire_after`` says so. The bucket is retained when its stack goes, but not when the deployment
    that makes it fails, and its generated name contains ``sagemaker``. To be destroyed, it is emptied by a function.

    Provisions: one ``AWS::S3::Bucket`` and its policy.
    Raises ``InvalidInput`` for an expiry under one day.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None = None,
        access_logs: s3.IBucket | None = None,
        noncurrent_versions_for: Duration | None = None,
        expire_after: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        noncurrent = noncurrent_versions_for or days(90)
        given = [
            _whole_days("noncurrent_versions_for", noncurrent),
            _whole_days("expire_after", expire_after),
        ]
        if problems := [problem for problem in given if problem]:
            raise InvalidInput(child_path(scope, id), problems)
        super().__init__(
            scope,
            id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=encryption_key or EncryptionKey.of(scope),
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
                    abort_incomplete_multipart_upload_after=days(7),
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        adopt(self, scope, id)
        # Not by the L2's property, which without a feature flag falls back on access control lists.
        resource = cast(s3.CfnBucket, default_child(self))
        resource.logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
            destination_bucket_name=(access_logs or AccessLogBucket.of(scope)).bucket_name,
            log_file_prefix=f"{id.lower()}/",
        )
        lead_with_sagemaker(self)
        acknowledge_single_region(self)

    @staticmethod
    def of(scope: Construct) -> s3.IBucket:
        """The bucket of the stack around ``scope`` for whatever is given none, made when it is first asked for."""
        return singleton(scope, "SageMakerBucket", EncryptedBucket)


def _whole_days(path: str, duration: Duration | None) -> Problem | None:
    if duration is None or seconds_of(duration) >= 86_400:
        return None
    return Problem(path, f"must be at least one day, got: {duration.to_human_string()}")
