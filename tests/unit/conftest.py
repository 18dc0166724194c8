"""Ground resources that constructs under test stand on."""

from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.network.imported_network import ImportedNetwork
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey


@pytest.fixture
def key(stack: cdk.Stack) -> kms.IKey:
    return EncryptionKey(stack, "TestKey")


@pytest.fixture
def bucket(stack: cdk.Stack, key: kms.IKey) -> s3.IBucket:
    logs = AccessLogBucket(stack, "TestLogs")
    return cast(s3.IBucket, EncryptedBucket(stack, "TestBucket", encryption_key=key, access_logs=logs))


@pytest.fixture
def placement(stack: cdk.Stack) -> VpcPlacement:
    return ImportedNetwork(
        stack,
        "TestNetwork",
        subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        security_group_ids=["sg-0a1b2c3d"],
    ).placement
