"""Grants of Lake Formation are recorded, so that a stack with them is deployed."""

from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients
from harness.published_stack import deploy
from sagemaker_constructs.data import (
    LakeDatabase,
    LakeFormationSettings,
    LakeLocation,
    LakePermissions,
    LakeTable,
)


def test_a_stack_with_grants_is_deployed_and_deleted(
    client: Clients, context: dict[str, Any], tmp_path: Path
) -> None:
    client("s3").create_bucket(Bucket="granted-lake")

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "granted-lake")
        table = LakeTable(
            stack,
            "Orders",
            database=LakeDatabase(stack, "Shop", removal_policy=cdk.RemovalPolicy.DESTROY),
            bucket=bucket,
            prefix="orders",
            columns={"customer": "string", "country": "string"},
        )
        root = cast(iam.IPrincipal, iam.AccountRootPrincipal())
        role = cast(iam.IRole, iam.Role(stack, "Scientists", assumed_by=root))
        LakeFormationSettings(stack, "Settings", administrators=[role])
        location = LakeLocation(stack, "Location", bucket=bucket, prefix="orders")
        permissions = LakePermissions(stack, "Permissions", table=table, location=location)
        permissions.grant_select(role, columns=["customer"], rows="country = 'DE'")

    stack = deploy(client, "granted-lake", build, context=context, outdir=tmp_path / "out")
    described = stack.cloudformation.list_stack_resources(StackName="granted-lake")["StackResourceSummaries"]
    made = [each["ResourceType"] for each in described if each["ResourceType"].startswith("AWS::LakeFormation::")]
    assert sorted(made) == [
        "AWS::LakeFormation::DataCellsFilter",
        "AWS::LakeFormation::DataLakeSettings",
        "AWS::LakeFormation::PrincipalPermissions",
        "AWS::LakeFormation::PrincipalPermissions",
        "AWS::LakeFormation::Resource",
    ]
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
