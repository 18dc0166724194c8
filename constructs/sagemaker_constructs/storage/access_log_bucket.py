"""The bucket that receives the access logs of the others."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import (
    Findings,
    acknowledge_each_in_template,
    default_child,
)
from sagemaker_constructs.core.base_construct import adopt, location_of, singleton
from sagemaker_constructs.core.durations import days
from sagemaker_constructs.storage.logical_ids import lead_with_sagemaker
from sagemaker_constructs.storage.single_region import acknowledge_single_region


class AccessLogBucket(s3.Bucket):
    """A private, versioned bucket for the access logs of this account's buckets, retained when its stack goes, but
    not when the deployment that makes it fails. To be destroyed, it is emptied by a function.

    Provisions: one ``AWS::S3::Bucket`` and its policy. Logs expire after ``expire_after`` (default 365 days).

    S3 delivers access logs only to buckets encrypted with S3-managed keys, see
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        expire_after: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(
            scope,
            id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="ExpireLogs",
                    expiration=expire_after or days(365),
                    noncurrent_version_expiration=days(7),
                    abort_incomplete_multipart_upload_after=days(7),
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        adopt(self, scope, id)
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AccessLogsOfThisAccount",
                principals=[service_principal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects("*")],
                conditions={"StringEquals": {"aws:SourceAccount": location_of(self).account}},
            )
        )
        reason = "This bucket receives access logs; logging its own access into itself would never end."
        by_service = "S3 delivers access logs only to buckets encrypted with S3-managed keys."
        findings = Findings(self)
        findings.rule("AwsSolutions-S1", reason=reason)
        findings.control("S3BucketLoggingEnabled", reason=reason)
        findings.control("S3DefaultEncryptionKMS", reason=by_service)
        findings.write()
        acknowledge_each_in_template(
            default_child(self),
            {
                "CKV_AWS_18": reason,
                "s3_bucket_logging_enabled_check": reason,
                "s3_bucket_default_encryption_kms_check": by_service,
            },
        )
        acknowledge_single_region(self)
        lead_with_sagemaker(self)

    @staticmethod
    def of(scope: Construct) -> s3.IBucket:
        """The bucket of the stack around ``scope`` for whatever is given none, made when it is first asked for."""
        return singleton(scope, "SageMakerAccessLogs", AccessLogBucket)
