"""Databases, tables, crawlers, work groups and saved queries: what is made, and what is refused."""

import re
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, allowed, statements
from sagemaker_constructs.core.problems import InvalidInput

COLUMNS = {"customer": "string", "amount": "double"}


def _table(stack: Stack, bucket: s3.IBucket, **given: Any) -> sm.LakeTable:
    database = sm.LakeDatabase(stack, "Shop", name="shop")
    wanted: dict[str, Any] = {"prefix": "orders/", "columns": COLUMNS, **given}
    return sm.LakeTable(stack, "Orders", database=database, bucket=bucket, **wanted)


def _input(stack: Stack) -> Mapping[str, Any]:
    [made] = Template.from_stack(stack).find_resources("AWS::Glue::Table").values()
    return made["Properties"]["TableInput"]


def _caller(stack: Stack) -> iam.IRole:
    return cast(
        iam.IRole, iam.Role(stack, "Caller", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    )


def _allowed(stack: Stack) -> set[str]:
    return {action for each in statements(stack) for action in actions_of(each)}


def _refused(stack: Stack, bucket: s3.IBucket, **given: Any) -> str:
    with pytest.raises(InvalidInput) as raised:
        _table(stack, bucket, **given)
    return str(raised.value)


def test_a_database_is_retained_and_named_for_athena(stack: Stack) -> None:
    sm.LakeDatabase(stack, "My-Shop")
    [made] = Template.from_stack(stack).find_resources("AWS::Glue::Database").values()
    assert made["DeletionPolicy"] == "RetainExceptOnCreate"
    separator, [name, identity] = made["Properties"]["DatabaseInput"]["Name"]["Fn::Join"]
    assert separator == "_"
    assert re.fullmatch(r"[a-z0-9_]{1,50}", name)
    assert "AWS::StackId" in str(identity), "a stack that is made again would meet the database that it has left"
    with pytest.raises(InvalidInput, match="lower-case letters, digits and underscores"):
        sm.LakeDatabase(stack, "Other", name="My-Shop")


def test_a_table_is_parquet_with_its_columns(stack: Stack, bucket: s3.IBucket) -> None:
    _table(stack, bucket)
    made = _input(stack)
    assert made["Name"] == "orders"
    assert made["TableType"] == "EXTERNAL_TABLE"
    stored = made["StorageDescriptor"]
    assert stored["Columns"] == [{"Name": "customer", "Type": "string"}, {"Name": "amount", "Type": "double"}]
    assert "ParquetHiveSerDe" in stored["SerdeInfo"]["SerializationLibrary"]
    assert made["Parameters"] == {"EXTERNAL": "TRUE", "classification": "parquet"}


def test_csv_is_read_in_quotes_without_its_first_line(stack: Stack, bucket: s3.IBucket) -> None:
    _table(stack, bucket, format="csv", delimiter=";")
    made = _input(stack)
    assert made["Parameters"]["skip.header.line.count"] == "1"
    assert made["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
        "Parameters": {"separatorChar": ";", "quoteChar": '"', "escapeChar": "\\"},
    }


def test_partitions_are_projected(stack: Stack, bucket: s3.IBucket) -> None:
    keys = {
        "day": sm.DateProjection("2024-01-01"),
        "hour": sm.IntegerProjection(0, 23, digits=2),
        "region": sm.EnumProjection(["eu", "us"]),
        "device": sm.InjectedProjection(),
    }
    _table(stack, bucket, partitions=keys, folders="{region}/{day}/{hour}/{device}")
    made = _input(stack)
    assert made["PartitionKeys"] == [{"Name": each, "Type": "string"} for each in keys]
    parameters = made["Parameters"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.day.range"] == "2024-01-01,NOW"
    assert parameters["projection.day.interval.unit"] == "DAYS"
    assert (parameters["projection.hour.range"], parameters["projection.hour.digits"]) == ("0,23", "2")
    assert parameters["projection.region.values"] == "eu,us"
    assert parameters["projection.device.type"] == "injected"
    template = parameters["storage.location.template"]["Fn::Join"][1][-1]
    assert template == "/orders/${region}/${day}/${hour}/${device}/"


def test_registered_partitions_have_no_projection(stack: Stack, bucket: s3.IBucket) -> None:
    _table(stack, bucket, partitions={"day": "string"})
    made = _input(stack)
    assert made["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    assert not any(each.startswith("projection") for each in made["Parameters"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": {}}, "columns must hold at least one column"),
        ({"columns": {"Customer": "string"}}, r"columns[Customer] must be 1 to 255 lower-case"),
        ({"columns": {"a": "text"}}, "columns[a] must be a type of Glue"),
        ({"columns": {"a": "struct<x:int,y:nope>"}}, "columns[a] must be a type of Glue"),
        ({"columns": {"a": "decimal(5,9)"}}, "columns[a] must be a type of Glue"),
        ({"columns": {"a": "date"}, "format": "csv"}, "declare a string, and convert it in the query"),
        ({"partitions": {"customer": "string"}}, "partitions[customer]"),
        ({"partitions": {"day": "double"}}, "partitions[day] must be string, a whole number or date"),
        ({"partitions": {"a": "string", "b": sm.InjectedProjection()}}, "must all have a projection or none"),
        ({"partitions": {"a": "string"}, "folders": "{a}"}, "requires a projection for every key"),
        ({"partitions": {"a": sm.InjectedProjection()}, "folders": "x/{b}"}, "must name every key once"),
        (
            {"partitions": {"a": sm.DateProjection("2024/01/01")}},
            "partitions[a].first must be a date like yyyy-MM-dd",
        ),
        ({"partitions": {"a": sm.DateProjection("2024", format="QQ")}}, "partitions[a].format must be made of"),
        ({"partitions": {"a": sm.IntegerProjection(5, 1)}}, "partitions[a].last must be between 5"),
        ({"partitions": {"a": sm.EnumProjection(["x,y"])}}, "partitions[a].values[0] must have neither commas"),
        ({"partitions": {"a": sm.EnumProjection([])}}, "partitions[a].values must hold at least one"),
        ({"prefix": "/"}, "prefix must name a folder"),
        ({"delimiter": "||"}, "delimiter must be one character"),
    ],
)
def test_what_athena_would_not_read_is_refused(
    stack: Stack, bucket: s3.IBucket, given: dict[str, Any], message: str
) -> None:
    assert message in _refused(stack, bucket, **given)


@pytest.mark.parametrize("first", ["2024-01-01", "NOW-3YEARS", "NOW - 2 days", "NOW"])
def test_dates_may_be_relative(stack: Stack, bucket: s3.IBucket, first: str) -> None:
    _table(stack, bucket, partitions={"day": sm.DateProjection(first)})


def test_nested_types_are_known(stack: Stack, bucket: s3.IBucket) -> None:
    kinds = ("array<struct<a:int,b:map<string,decimal(10,2)>>>", "varchar(10)", "timestamp")
    _table(stack, bucket, columns={f"c{index}": kind for index, kind in enumerate(kinds)})


def test_reading_takes_rights_on_catalog_and_objects(stack: Stack, bucket: s3.IBucket) -> None:
    _table(stack, bucket).grant_read(_caller(stack))
    assert {"glue:GetTable", "glue:BatchGetPartition", "glue:GetPartitions", "s3:GetObject"} <= _allowed(stack)
    assert not {"s3:PutObject", "s3:DeleteObject"} & _allowed(stack)


def test_writing_replaces_objects_adds_partitions_and_drops_nothing(stack: Stack, bucket: s3.IBucket) -> None:
    table = _table(stack, bucket)
    table.grant_write(_caller(stack))
    found = statements(stack, "Caller")
    for action in ("s3:PutObject", "s3:DeleteObject"):
        [objects] = allowed(found, action)
        assert str(objects).endswith("/orders/*']]}"), action
    [listing] = [each for each in found if "s3:ListBucket" in actions_of(each)]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["orders/*"]}}
    assert stack.resolve(table.url)["Fn::Join"][1][-1] == "/orders/"
    assert "glue:BatchCreatePartition" in _allowed(stack)
    assert not {"glue:DeleteTable", "glue:UpdateTable", "s3:GetObject"} & _allowed(stack)


def test_a_work_group_limits_encrypts_and_enforces(stack: Stack, bucket: s3.IBucket) -> None:
    group = sm.AthenaWorkgroup(stack, "Team", bucket=bucket, scan_limit_gb=0.5)
    group.grant_query(_caller(stack))
    Template.from_stack(stack).has_resource_properties(
        "AWS::Athena::WorkGroup",
        {
            "RecursiveDeleteOption": True,
            "WorkGroupConfiguration": {
                "EnforceWorkGroupConfiguration": True,
                "PublishCloudWatchMetricsEnabled": True,
                "BytesScannedCutoffPerQuery": 500_000_000,
                "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
                "ResultConfiguration": {
                    "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": Match.any_value()},
                    "OutputLocation": Match.any_value(),
                },
            },
        },
    )
    assert {"athena:StartQueryExecution", "s3:PutObject", "s3:GetBucketLocation", "kms:GenerateDataKey"} <= _allowed(
        stack
    )
    databases = {"glue:GetDatabase", "glue:GetDatabases"}
    assert {action for action in _allowed(stack) if action.startswith("glue:")} == databases
    for action in databases:
        catalog, default = allowed(statements(stack), action)
        assert str(catalog).endswith(":catalog']]}")
        assert str(default).endswith(":database/default']]}")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scan_limit_gb": 0.001}, "scan_limit_gb must be between 0.01"),
        ({"name": "no spaces"}, "name must be 1 to 128 letters"),
        ({"prefix": ""}, "prefix must name a folder"),
    ],
)
def test_a_work_group_that_athena_would_not_make_is_refused(
    stack: Stack, bucket: s3.IBucket, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        sm.AthenaWorkgroup(stack, "Team", bucket=bucket, **given)


def test_a_query_is_saved(stack: Stack, bucket: s3.IBucket) -> None:
    group = sm.AthenaWorkgroup(stack, "Team", bucket=bucket)
    database = sm.LakeDatabase(stack, "Shop", name="shop")
    saved = sm.SavedQuery(stack, "Sum", workgroup=group, database=database, sql="SELECT 1")
    assert saved.id
    made = {"Name": "Sum", "QueryString": "SELECT 1", "WorkGroup": Match.any_value(), "Database": Match.any_value()}
    Template.from_stack(stack).has_resource_properties("AWS::Athena::NamedQuery", made)


@pytest.mark.parametrize(
    ("given", "message"), [({"sql": ""}, "sql must be 1 to"), ({"name": "x" * 129}, "name must be 1 to 128")]
)
def test_a_query_that_athena_would_not_keep_is_refused(
    stack: Stack, bucket: s3.IBucket, given: dict[str, Any], message: str
) -> None:
    group = sm.AthenaWorkgroup(stack, "Team", bucket=bucket)
    with pytest.raises(InvalidInput, match=message):
        sm.SavedQuery(stack, "Wrong", workgroup=group, database="shop", **{"sql": "SELECT 1", **given})


def test_a_crawler_reads_its_prefixes_and_writes_tables(stack: Stack, bucket: s3.IBucket) -> None:
    database = sm.LakeDatabase(stack, "Found", name="found")
    crawler = sm.Crawler(
        stack,
        "Look",
        database=database,
        bucket=bucket,
        prefixes=["in/a/", "in/b"],
        exclusions=["**.tmp"],
        schedule="cron(0 4 * * ? *)",
        schema_change="ignore",
    )
    crawler.grant_start(_caller(stack))
    [made] = Template.from_stack(stack).find_resources("AWS::Glue::Crawler").values()
    properties = made["Properties"]
    assert properties["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    assert properties["Schedule"] == {"ScheduleExpression": "cron(0 4 * * ? *)"}
    assert [each["Exclusions"] for each in properties["Targets"]["S3Targets"]] == [["**.tmp"]] * 2
    assert "Name" not in properties
    assert {"glue:CreateTable", "glue:StartCrawler", "s3:GetObject"} <= _allowed(stack)
    assert not {"glue:DeleteTable", "s3:PutObject"} & _allowed(stack)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prefixes": []}, "prefixes must hold at least one folder"),
        ({"prefixes": ["/"]}, r"prefixes\[0\] must name a folder"),
        ({"schedule": "rate(1 day)"}, "schedule must be cron"),
        ({"schema_change": "delete"}, "schema_change must be"),
        ({"table_prefix": "Raw-"}, "table_prefix must be at most 128 lower-case"),
    ],
)
def test_a_crawler_that_glue_would_not_make_is_refused(
    stack: Stack, bucket: s3.IBucket, given: dict[str, Any], message: str
) -> None:
    database = sm.LakeDatabase(stack, "Found", name="found")
    wanted: dict[str, Any] = {"prefixes": ["in"], **given}
    with pytest.raises(InvalidInput, match=message):
        sm.Crawler(stack, "Look", database=database, bucket=bucket, **wanted)
