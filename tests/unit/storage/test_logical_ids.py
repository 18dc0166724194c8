"""What must not be replaced has the logical ids that it had as the child of a construct of the library."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk import App, Stack, Stage
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import Construct

from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey

IDS = ["Data", "Key", "Bucket", "Repository", "with-dash", "MyKey", "MyBucket", "Resource", "D" * 300]


def _scopes(app: App, *, nested: bool) -> tuple[Construct, Construct]:
    """Two places with the same path below their stacks."""
    made: list[Construct] = []
    for name in ("Now", "Before"):
        stack = Stack(Stage(app, name), "Serving") if nested else Stack(app, name)
        made.append(Construct(Construct(stack, "Ground"), "Floor") if nested else stack)
    return made[0], made[1]


def _ids(scope: Construct, type: str) -> list[str]:  # noqa: A002
    found: Mapping[str, Any] = Template.from_stack(Stack.of(scope)).find_resources(type)
    return sorted(found)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", IDS)
def test_keys_and_repositories(app: App, name: str, nested: bool) -> None:
    now, before = _scopes(app, nested=nested)
    key = EncryptionKey(now, name)
    ImageRepository(now, f"{name}Images", encryption_key=key)
    kms.Key(Construct(before, name), "Key")
    ecr.Repository(Construct(before, f"{name}Images"), "Repository")
    for type in ("AWS::KMS::Key", "AWS::ECR::Repository"):  # noqa: A001
        assert _ids(now, type) == _ids(before, type), type


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", IDS)
def test_policies_of_buckets(app: App, name: str, nested: bool) -> None:
    now, before = _scopes(app, nested=nested)
    AccessLogBucket(now, f"{name}Logs")
    EncryptedBucket(now, name)
    for each in (f"{name}Logs", name, "SageMakerAccessLogs"):
        # The stack's own key and log bucket are at the top of the stack.
        place = Stack.of(before) if each == "SageMakerAccessLogs" else before
        s3.Bucket(Construct(place, each), "Bucket", enforce_ssl=True)
    assert _ids(now, "AWS::S3::BucketPolicy") == _ids(before, "AWS::S3::BucketPolicy")


def test_buckets(stack: Stack) -> None:
    floor = Construct(Construct(stack, "Ground"), "Floor")
    AccessLogBucket(stack, "Logs")
    EncryptedBucket(floor, "Data")
    [data, logs, own] = _ids(stack, "AWS::S3::Bucket")
    assert re.fullmatch(r"SageMakerGroundFloorData[0-9A-F]{8}", data)
    assert re.fullmatch(r"SageMakerLogs[0-9A-F]{8}", logs)
    assert re.fullmatch(r"SageMakerSageMakerAccessLogs[0-9A-F]{8}", own)
    assert logs == "SageMakerLogs" + _digest("Logs/Bucket")
    assert data == "SageMakerGroundFloorData" + _digest("Ground/Floor/Data/Bucket")


def _digest(path: str) -> str:
    import hashlib

    return hashlib.sha256(path.encode()).hexdigest()[:8].upper()


def test_a_stack_has_one_key_and_one_log_bucket_for_whatever_is_given_none(app: App, stack: Stack) -> None:
    for name in ("One", "Two"):
        EncryptedBucket(Construct(stack, name), "Data")
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::KMS::Key", 1)
    template.resource_count_is("AWS::S3::Bucket", 3)
    assert EncryptionKey.of(stack) is EncryptionKey.of(Construct(stack, "Three"))
    assert AccessLogBucket.of(stack) is AccessLogBucket.of(Construct(stack, "Four"))
    assert EncryptedBucket.of(stack) is EncryptedBucket.of(Construct(stack, "Five"))
    assert EncryptionKey.of(Stack(app, "Other")) is not EncryptionKey.of(stack)
