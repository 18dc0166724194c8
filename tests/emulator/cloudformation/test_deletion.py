"""What stays of a platform's ground, and what does not, when its stack goes or never comes to be."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from harness.aws_clients import Clients
from harness.published_stack import deploy
from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey


def _ground(stack: cdk.Stack, removal_policy: cdk.RemovalPolicy) -> None:
    key = EncryptionKey(stack, "Key", removal_policy=removal_policy)
    logs = AccessLogBucket(stack, "Logs", removal_policy=removal_policy)
    EncryptedBucket(stack, "Data", encryption_key=key, access_logs=logs, removal_policy=removal_policy)
    ImageRepository(stack, "Images", encryption_key=key, removal_policy=removal_policy)


def _buckets(client: Clients) -> set[str]:
    return {each["Name"] for each in client("s3").list_buckets()["Buckets"] if each["Name"] != "function-code"}


def test_what_is_to_be_destroyed_goes_with_all_that_it_holds(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    before = _buckets(client)
    destroyed = cdk.RemovalPolicy.DESTROY
    stack = deploy(client, "destroyed", lambda at: _ground(at, destroyed), context=context, outdir=tmp_path / "out")
    made = _buckets(client) - before
    assert len(made) == 2
    for bucket in made:
        for version in ("first", "second"):
            client("s3").put_object(Bucket=bucket, Key="rows/1", Body=version.encode())
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert _buckets(client) == before


def test_a_first_deployment_that_fails_leaves_nothing_and_a_later_deletion_keeps_all(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    before = _buckets(client)
    kept = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE

    def failing(stack: cdk.Stack) -> None:
        _ground(stack, kept)
        bad = cdk.CfnResource(stack, "Bad", type="AWS::SageMaker::Model", properties={"ExecutionRoleArn": "nobody"})
        bad.node.add_dependency(*[child for child in stack.node.children if child is not bad])

    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE"):
        deploy(client, "failed", failing, context=context, outdir=tmp_path / "failed")
    assert _buckets(client) == before
    stack = deploy(client, "kept", lambda at: _ground(at, kept), context=context, outdir=tmp_path / "kept")
    assert stack.delete() == "DELETE_COMPLETE"
    assert len(_buckets(client) - before) == 2
