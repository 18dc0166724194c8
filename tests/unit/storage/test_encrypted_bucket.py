from typing import Any

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket


def _resource(stack: Stack, of: EncryptedBucket | AccessLogBucket) -> tuple[str, dict[str, Any]]:
    name = stack.resolve(of.bucket_name)["Ref"]
    return name, Template.from_stack(stack).to_json()["Resources"][name]


def test_defaults(stack: Stack, key: kms.IKey) -> None:
    logs = AccessLogBucket(stack, "Logs")
    name, resource = _resource(stack, EncryptedBucket(stack, "Data", encryption_key=key, access_logs=logs))
    properties = resource["Properties"]
    encryption = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    rule = properties["LifecycleConfiguration"]["Rules"][0]

    assert name.startswith("SageMaker")
    assert "BucketName" not in properties
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["LoggingConfiguration"]["LogFilePrefix"] == "data/"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert "ExpirationInDays" not in rule


@pytest.mark.parametrize(("removal_policy", "emptied"), [(RemovalPolicy.DESTROY, 2), (RemovalPolicy.RETAIN, 0)])
def test_what_is_to_be_destroyed_empties_itself(
    stack: Stack, key: kms.IKey, removal_policy: RemovalPolicy, emptied: int
) -> None:
    logs = AccessLogBucket(stack, "Logs", removal_policy=removal_policy)
    EncryptedBucket(stack, "Data", encryption_key=key, access_logs=logs, removal_policy=removal_policy)
    Template.from_stack(stack).resource_count_is("Custom::S3AutoDeleteObjects", emptied)


def test_plain_http_and_old_tls_are_denied(stack: Stack, key: kms.IKey) -> None:
    EncryptedBucket(stack, "Data", encryption_key=key, access_logs=AccessLogBucket(stack, "Logs"))
    for condition in ({"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": 1.2}}):
        Template.from_stack(stack).all_resources_properties(
            "AWS::S3::BucketPolicy",
            {
                "PolicyDocument": {
                    "Statement": Match.array_with([Match.object_like({"Effect": "Deny", "Condition": condition})])
                }
            },
        )


def test_every_default_can_be_overridden(stack: Stack, key: kms.IKey) -> None:
    logs = AccessLogBucket(stack, "Logs")
    bucket = EncryptedBucket(
        stack,
        "Captured",
        encryption_key=key,
        access_logs=logs,
        noncurrent_versions_for=Duration.days(7),
        expire_after=Duration.days(30),
        removal_policy=RemovalPolicy.DESTROY,
    )
    _, resource = _resource(stack, bucket)
    rule = resource["Properties"]["LifecycleConfiguration"]["Rules"][0]
    assert resource["DeletionPolicy"] == "Delete"
    assert rule["ExpirationInDays"] == 30
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}


def test_expiry_below_a_day_is_refused(stack: Stack, key: kms.IKey) -> None:
    logs = AccessLogBucket(stack, "Logs")
    with pytest.raises(InvalidInput) as refusal:
        EncryptedBucket(
            stack,
            "Data",
            encryption_key=key,
            access_logs=logs,
            noncurrent_versions_for=Duration.hours(3),
            expire_after=Duration.hours(5),
        )
    assert refusal.value.lines == (
        "Stack/Data: noncurrent_versions_for must be at least one day, got: 3 hours",
        "Stack/Data: expire_after must be at least one day, got: 5 hours",
    )


def test_the_log_bucket_takes_logs_of_this_account_only(stack: Stack) -> None:
    name, resource = _resource(stack, AccessLogBucket(stack, "Logs"))
    assert name.startswith("SageMaker")
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::BucketPolicy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Principal": {"Service": "logging.s3.amazonaws.com"},
                                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                            }
                        )
                    ]
                )
            }
        },
    )
