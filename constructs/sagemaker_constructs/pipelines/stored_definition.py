"""A definition that is too long for a template."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct, depend, singleton
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.storage.object_access import grant_read_objects

LONGEST_INLINE = 400_000
"""Bytes of a definition that stand in a template, which CloudFormation limits to 1 MB in all."""


class StoredDefinition(BaseConstruct):
    """A definition in S3: an asset with gaps, which a function fills with what is only known at deployment.

    ``text`` is the definition as ``Fn::Sub`` takes it, ``values`` what it puts there. The values alone travel through
    CloudFormation, whose requests to a function have a limit as its templates have. What comes out is kept under its
    hash, until the pipeline has another one. A definition without values is the asset itself, and needs no function.

    Provisions: a ``Custom::SageMakerPipelineDefinition``, and once in a stack an ``AWS::S3::Bucket`` with a policy,
    which is empty and deleted when the stack goes, and a function with role and logs.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """

    def __init__(self, scope: Construct, id: str, *, text: str, values: Mapping[str, object]) -> None:
        super().__init__(scope, id)
        with TemporaryDirectory() as folder:
            file = Path(folder) / "definition.json"
            file.write_text(text, encoding="utf-8")
            asset = s3_assets.Asset(self, "Template", path=str(file), display_name="Definition of a pipeline")
        if not values:
            self.place: Mapping[str, str] = {"Bucket": asset.s3_bucket_name, "Key": asset.s3_object_key}
            return
        store = singleton(self, "SageMakerPipelineDefinitions", _DefinitionStore)
        grants = Grants()
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        store.function.allow(grants)
        stored = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerPipelineDefinition",
            properties={
                "ServiceToken": store.function.arn,
                "Bucket": store.bucket.ref,
                "SourceBucket": asset.s3_bucket_name,
                "SourceKey": asset.s3_object_key,
                "Values": dict(values),
            },
        )
        depend(stored, store.policy)
        self.place = {"Bucket": store.bucket.ref, "Key": stored.ref}


class _DefinitionStore(BaseConstruct):
    """The bucket of a stack's long definitions, and the function that writes them."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.bucket: s3.CfnBucket = s3.CfnBucket(
            self,
            "Bucket",
            bucket_encryption={"serverSideEncryptionConfiguration": [_OWN_KEYS]},
            public_access_block_configuration={
                "blockPublicAcls": True,
                "blockPublicPolicy": True,
                "ignorePublicAcls": True,
                "restrictPublicBuckets": True,
            },
            ownership_controls={"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
        )
        self.bucket.apply_removal_policy(RemovalPolicy.DESTROY)
        objects = f"{self.bucket.attr_arn}/*"
        self.policy: s3.CfnBucketPolicy = s3.CfnBucketPolicy(
            self,
            "Policy",
            bucket=self.bucket.ref,
            policy_document={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "EncryptedConnections",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [self.bucket.attr_arn, objects],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        )
        reason = (
            "It holds definitions alone, which each deployment can write again, and the stack's function writes it."
        )
        findings = Findings(self)
        findings.rule("AwsSolutions-S1", reason=reason)
        findings.control(
            "S3BucketLoggingEnabled",
            "S3BucketReplicationEnabled",
            "S3BucketVersioningEnabled",
            "S3DefaultEncryptionKMS",
            reason=reason,
        )
        findings.write()
        checks = ("CKV_AWS_18", "CKV_AWS_21", "CKV_AWS_144", "CKV_AWS_145", "CKV2_AWS_61", "CKV2_AWS_62")
        guard = ("logging_enabled", "versioning_enabled", "replication_enabled", "default_encryption_kms")
        names = [f"s3_bucket_{each}{'_check' if each.endswith('kms') else ''}" for each in guard]
        acknowledge_in_template(self.bucket, *checks, *names, reason=reason)
        grants = Grants()
        grants.allow(
            "s3:PutObject",
            "s3:DeleteObject",
            on=objects,
            because="Definitions are named by the hash of their content.",
        )
        self.function: LibraryFunction = LibraryFunction(
            self,
            "Function",
            code="definition",
            handler="handler.handler",
            description="Writes definitions of pipelines that are too long for a template",
            timeout_seconds=120,
            holds="It reads and writes definitions of pipelines.",
            grants=grants,
            grows=True,
        )


_OWN_KEYS = {"serverSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
