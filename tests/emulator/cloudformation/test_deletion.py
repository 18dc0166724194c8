"""What stays of a platform's ground, and what does not, when its stack goes or never comes to be."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2

from harness.aws_clients import Clients, refused, wait_for
from harness.published_stack import deploy
from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.network.isolated_network import IsolatedNetwork
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


def test_a_network_stays_until_its_last_interface_is_gone(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    def network(stack: cdk.Stack) -> None:
        key = EncryptionKey(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
        key.grant_log_groups()
        placement = IsolatedNetwork(stack, "Network", encryption_key=key).placement
        cdk.CfnOutput(stack, "Subnet", value=placement.subnet_ids[0])
        cdk.CfnOutput(stack, "Group", value=placement.security_group_ids[0])

    stack = deploy(client, "network", network, context=context, outdir=tmp_path / "out")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}
    networks = client("ec2")
    left = networks.create_network_interface(SubnetId=outputs["Subnet"], Groups=[outputs["Group"]])
    stack_id = stack.describe()["StackId"]
    stack.begin_delete()

    def releases() -> dict[str, Any]:
        """When the release reached each status."""
        events = client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
        ours = [event for event in events if event["ResourceType"] == "Custom::SageMakerInterfaceRelease"]
        return {event["ResourceStatus"]: event["Timestamp"] for event in ours}

    wait_for(releases, lambda reached: "DELETE_IN_PROGRESS" in reached)
    gone = datetime.now(UTC)
    networks.delete_network_interface(NetworkInterfaceId=left["NetworkInterface"]["NetworkInterfaceId"])
    assert stack.settled(stack_id) == "DELETE_COMPLETE", stack.reasons()
    assert releases()["DELETE_COMPLETE"] > gone


def test_a_subnet_with_an_interface_cannot_be_deleted(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    def network(stack: cdk.Stack) -> None:
        vpc = ec2.CfnVPC(stack, "Vpc", cidr_block="10.0.0.0/16")
        subnet = ec2.CfnSubnet(stack, "Subnet", vpc_id=vpc.ref, cidr_block="10.0.0.0/24")
        group = ec2.CfnSecurityGroup(stack, "Group", vpc_id=vpc.ref, group_description="Models")
        cdk.CfnOutput(stack, "SubnetId", value=subnet.ref)
        cdk.CfnOutput(stack, "GroupId", value=group.attr_group_id)

    stack = deploy(client, "in-use", network, context=context, outdir=tmp_path / "out")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}
    networks = client("ec2")
    left = networks.create_network_interface(SubnetId=outputs["SubnetId"], Groups=[outputs["GroupId"]])
    for delete, name in ((networks.delete_subnet, "SubnetId"), (networks.delete_security_group, "GroupId")):
        code, _ = refused(delete, **{name: outputs[name]})
        assert code == "DependencyViolation"
    assert stack.delete() == "DELETE_FAILED"
    assert f"The subnet '{outputs['SubnetId']}' has dependencies and cannot be deleted." in " ".join(stack.reasons())
    networks.delete_network_interface(NetworkInterfaceId=left["NetworkInterface"]["NetworkInterfaceId"])
    assert stack.delete() == "DELETE_COMPLETE"
