"""A warehouse of Redshift Serverless: what is made, who may do what, and what is refused."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.network.imported_network import ImportedNetwork
from sagemaker_constructs.network.vpc_placement import VpcPlacement

NAMESPACE = "AWS::RedshiftServerless::Namespace"
WORKGROUP = "AWS::RedshiftServerless::Workgroup"


@pytest.fixture
def zones(stack: Stack) -> VpcPlacement:
    """Three subnets."""
    ids = [f"subnet-0a1b2c3{letter}" for letter in "def"]
    return ImportedNetwork(stack, "Zones", subnet_ids=ids, security_group_ids=["sg-0a1b2c3d"]).placement


def _only(stack: Stack, kind: str) -> Mapping[str, Any]:
    [made] = Template.from_stack(stack).find_resources(kind).values()
    return made


def _caller(stack: Stack) -> iam.IRole:
    return cast(
        iam.IRole, iam.Role(stack, "Caller", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    )


def _statement(stack: Stack, action: str) -> Mapping[str, Any]:
    [found] = [each for each in statements(stack) if action in actions_of(each)]
    return found


def _refused(stack: Stack, placement: VpcPlacement, **given: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        sm.Warehouse(stack, "Warehouse", placement=placement, **given)
    return str(raised.value)


def test_it_is_small_private_and_encrypted(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones)
    group = _only(stack, WORKGROUP)["Properties"]
    assert (group["BaseCapacity"], group["MaxCapacity"]) == (8, 32)
    assert group["PubliclyAccessible"] is False
    assert group["EnhancedVpcRouting"] is True
    assert len(group["SubnetIds"]) == 3
    assert {each["ParameterKey"]: each["ParameterValue"] for each in group["ConfigParameters"]} == {
        "enable_user_activity_logging": "true",
        "max_query_execution_time": "3600",
        "require_ssl": "true",
    }
    space = _only(stack, NAMESPACE)["Properties"]
    assert space["KmsKeyId"] == space["AdminPasswordSecretKmsKeyId"] != ""
    assert space["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in space
    assert (space["DbName"], space["AdminUsername"]) == ("warehouse", "warehouse_admin")


def test_the_default_role_is_associated_and_both_principals_assume_it(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones)
    space = _only(stack, NAMESPACE)["Properties"]
    assert space["IamRoles"] == [space["DefaultIamRoleArn"]]
    [statement] = _only(stack, "AWS::IAM::Role")["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"]}


def test_data_and_logs_outlive_the_stack_under_a_name_of_their_own(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones)
    space = _only(stack, NAMESPACE)
    assert space["DeletionPolicy"] == "RetainExceptOnCreate"
    assert "AWS::StackId" in str(space["Properties"]["NamespaceName"])
    assert "FinalSnapshotName" not in space["Properties"], "nothing deletes it"
    groups = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
    assert set(groups) <= set(space["DependsOn"]), "Redshift would make them itself, unencrypted and for ever"
    for group in groups.values():
        assert group["DeletionPolicy"] == "RetainExceptOnCreate"
        assert group["Properties"]["RetentionInDays"] == 365
        assert group["Properties"]["KmsKeyId"] == space["Properties"]["KmsKeyId"]
    named = sorted(str(each["Properties"]["LogGroupName"]).rpartition("/")[2][:7] for each in groups.values())
    assert named == ["connect", "useract", "userlog"]
    assert sorted(space["Properties"]["LogExports"]) == ["connectionlog", "useractivitylog", "userlog"]


def test_what_is_to_be_destroyed_leaves_a_snapshot(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "A--Warehouse", placement=zones, removal_policy=RemovalPolicy.DESTROY)
    space = _only(stack, NAMESPACE)
    assert space["DeletionPolicy"] == "Delete"
    assert space["Properties"]["FinalSnapshotRetentionPeriod"] == 30
    separator, [name, identity] = space["Properties"]["FinalSnapshotName"]["Fn::Join"]
    assert re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", f"{name}{separator}0a1b2c3d")
    assert "AWS::StackId" in str(identity)


def test_a_snapshot_can_be_declined(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones, removal_policy=RemovalPolicy.DESTROY, snapshot_days=0)
    assert not {"FinalSnapshotName", "FinalSnapshotRetentionPeriod"} & _only(stack, NAMESPACE)["Properties"].keys()


def test_options_reach_the_resources(stack: Stack, placement: VpcPlacement) -> None:
    warehouse = sm.Warehouse(
        stack,
        "Warehouse",
        placement=placement,
        base_capacity=64,
        max_capacity=128,
        enhanced_vpc_routing=False,
        longest_query=Duration.minutes(5),
        database="sales",
        administrator="owner",
        log_days=30,
        name="sales",
    )
    group = _only(stack, WORKGROUP)["Properties"]
    assert (group["WorkgroupName"], group["BaseCapacity"], group["MaxCapacity"]) == ("sales", 64, 128)
    assert {"ParameterKey": "max_query_execution_time", "ParameterValue": "300"} in group["ConfigParameters"]
    space = _only(stack, NAMESPACE)["Properties"]
    assert (space["NamespaceName"], space["DbName"], space["AdminUsername"]) == ("sales", "sales", "owner")
    assert warehouse.database == "sales"


def test_copy_reads_one_folder(stack: Stack, zones: VpcPlacement, bucket: s3.IBucket) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones).copy_from(bucket, "/orders/")
    assert str(_statement(stack, "s3:GetObject")["Resource"]).count("/orders/*") == 1
    assert _statement(stack, "s3:ListBucket")["Condition"] == {"StringLike": {"s3:prefix": ["orders/*"]}}
    assert not [each for each in statements(stack) if "s3:PutObject" in actions_of(each)]


def test_unload_writes_and_empties_one_folder(stack: Stack, zones: VpcPlacement, bucket: s3.IBucket) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones).unload_to(bucket, "unloaded")
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert str(_statement(stack, action)["Resource"]).count("/unloaded/*") == 1
    keyed = {action for each in statements(stack) for action in actions_of(each) if action.startswith("kms:")}
    assert keyed >= {"kms:GenerateDataKey", "kms:Decrypt"}


def test_federation_shows_the_tables_that_it_names(stack: Stack, zones: VpcPlacement, bucket: s3.IBucket) -> None:
    database = sm.LakeDatabase(stack, "Shop", name="shop")
    table = sm.LakeTable(
        stack, "Orders", database=database, bucket=bucket, prefix="orders", columns={"amount": "double"}
    )
    sm.Warehouse(stack, "Warehouse", placement=zones).federate(table)
    shown = str(_statement(stack, "glue:GetTables")["Resource"])
    assert "table/shop/orders" in shown
    assert "table/shop/*" not in shown
    assert "/orders/*" in str(_statement(stack, "s3:GetObject")["Resource"])


def test_federation_takes_a_way_to_the_catalog(stack: Stack, zones: VpcPlacement, bucket: s3.IBucket) -> None:
    table = sm.LakeTable(
        stack,
        "Orders",
        database=sm.LakeDatabase(stack, "Shop"),
        bucket=bucket,
        prefix="orders",
        columns={"amount": "double"},
    )
    closed = replace(zones, services=["Kms"])
    with pytest.raises(InvalidInput, match="must reach Glue"):
        sm.Warehouse(stack, "Closed", placement=closed).federate(table)
    for number, way in enumerate(("Glue", "")):
        placed = replace(zones, services=[way])
        sm.Warehouse(stack, f"Open{number}", placement=placed, enhanced_vpc_routing=bool(way)).federate(table)


def test_whoever_queries_sees_its_own_statements(stack: Stack, zones: VpcPlacement) -> None:
    sm.Warehouse(stack, "Warehouse", placement=zones).grant_query(_caller(stack))
    run = _statement(stack, "redshift-data:ExecuteStatement")
    assert "Workgroup.WorkgroupArn" in str(run["Resource"])
    assert "redshift-serverless:GetCredentials" in {
        action for each in statements(stack) if each["Resource"] == run["Resource"] for action in actions_of(each)
    }
    own = _statement(stack, "redshift-data:GetStatementResult")
    assert own["Condition"] == {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}


def test_alarms_tell_of_failures_and_of_what_never_sleeps(stack: Stack, zones: VpcPlacement) -> None:
    warehouse = sm.Warehouse(stack, "Warehouse", placement=zones, longest_awake=Duration.minutes(90))
    failed, awake = warehouse.alarm_rules(sm.AlarmThresholds())
    failed.alarm(stack, "warehouse")
    awake.alarm(stack, "warehouse")
    alarms = {
        each["Properties"]["MetricName"]: each["Properties"]
        for each in Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    }
    assert alarms["QueriesFailed"]["Threshold"] == 5
    assert alarms["ComputeSeconds"]["EvaluationPeriods"] == alarms["ComputeSeconds"]["DatapointsToAlarm"] == 90
    assert [each["Name"] for each in alarms["ComputeSeconds"]["Dimensions"]] == ["Workgroup"]
    assert [each.title for each in warehouse.dashboard_sections()] == [f"Warehouse {warehouse.path}"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"base_capacity": 12}, "base_capacity is refused by AWS: A base capacity is 4 RPUs"),
        ({"base_capacity": 40}, "max_capacity is refused by AWS: A maximum capacity must not be less"),
        ({"longest_query": Duration.days(1)}, "longest_query in seconds must be between 1 and 86399"),
        ({"longest_awake": Duration.days(2)}, "longest_awake in seconds must be between 60 and 86400"),
        ({"database": "my-sales"}, "database must be a letter"),
        ({"administrator": "1st"}, "administrator must be a letter"),
        ({"name": "My_Warehouse"}, "name must be 3 to 64 lower-case letters"),
        ({"log_days": 42}, "log_days"),
        ({"snapshot_days": 4000}, "snapshot_days must be between 0 and 3653"),
    ],
)
def test_a_warehouse_is_refused(stack: Stack, zones: VpcPlacement, given: Mapping[str, Any], said: str) -> None:
    assert said in _refused(stack, zones, **given)


def test_too_few_subnets_are_refused(stack: Stack, placement: VpcPlacement) -> None:
    said = _refused(stack, placement)
    assert "placement.subnets is refused by AWS" in said
    assert "three in three with enhanced VPC routing, got: 2" in said


def test_a_whole_bucket_is_refused(stack: Stack, zones: VpcPlacement, bucket: s3.IBucket) -> None:
    warehouse = sm.Warehouse(stack, "Warehouse", placement=zones)
    for grant in (warehouse.copy_from, warehouse.unload_to):
        with pytest.raises(InvalidInput, match="prefix must name a folder"):
            grant(bucket, "/")


def test_an_existing_workgroup_grants_queries_and_is_watched_too(stack: Stack) -> None:
    identifier = "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"
    sales = sm.ImportedWarehouse(stack, "Sales", name="sales", workgroup_id=identifier, namespace_name="sales-data")
    sales.grant_query(_caller(stack))
    sm.Alarms(stack, "Alarms", watched=[sales], topic=cast(Any, sns.Topic(stack, "Told")))
    run = _statement(stack, "redshift-data:ExecuteStatement")
    assert f":workgroup/{identifier}" in str(run["Resource"])
    alarms = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert [each["Properties"]["Dimensions"] for each in alarms] == [[{"Name": "Workgroup", "Value": "sales"}]] * 2
    [section] = sales.dashboard_sections()
    assert "sales-data" in str(section.rows)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "My_Sales"}, "name must be 3 to 64 lower-case letters"),
        ({"namespace_name": "S"}, "namespace_name must be 3 to 64"),
        ({"workgroup_id": "sales"}, "workgroup_id must be the identifier at the end"),
        ({"longest_awake": Duration.seconds(30)}, "longest_awake in seconds must be between 60 and 86400"),
    ],
)
def test_an_existing_workgroup_is_refused(stack: Stack, given: Mapping[str, Any], said: str) -> None:
    known: dict[str, Any] = {"name": "sales", "workgroup_id": "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"}
    with pytest.raises(InvalidInput, match=said):
        sm.ImportedWarehouse(stack, "Sales", **{**known, **given})
