"""A group: its stores, its role, what outlives the stack, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput

GROUP = "AWS::SageMaker::FeatureGroup"
CUSTOMERS = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})
BY_NUMBER = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "Fractional"})


def _made(stack: Stack) -> Mapping[str, Any]:
    [group] = Template.from_stack(stack).find_resources(GROUP).values()
    return group


def _caller(stack: Stack) -> iam.IRole:
    return cast(
        iam.IRole, iam.Role(stack, "Caller", assumed_by=cast(Any, iam.ServicePrincipal("lambda.amazonaws.com")))
    )


def test_a_group_has_a_table_in_the_stacks_bucket_and_no_online_store(stack: Stack) -> None:
    sm.FeatureGroup(stack, "Customers", schema=CUSTOMERS)
    made = _made(stack)["Properties"]
    assert "OnlineStoreConfig" not in made
    assert "Tags" not in made
    assert made["OfflineStoreConfig"]["TableFormat"] == "Iceberg"
    assert made["OfflineStoreConfig"]["S3StorageConfig"].keys() == {"S3Uri", "KmsKeyId"}
    assert made["FeatureDefinitions"] == [
        {"FeatureName": "customer", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "String"},
        {"FeatureName": "calls", "FeatureType": "Integral"},
    ]
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Role",
        {
            "Policies": [Match.object_like({"PolicyName": "Default"})],
            "Description": Match.string_like_regexp("Writes"),
        },
    )
    allowed = {action for each in statements(stack) for action in actions_of(each)}
    assert {"s3:PutObject", "s3:PutObjectAcl", "s3:GetBucketAcl", "glue:UpdateTable"} <= allowed
    assert "s3:DeleteObject" not in allowed


def test_group_and_role_outlive_the_stack(stack: Stack, bucket: s3.IBucket) -> None:
    sm.FeatureGroup(stack, "Customers", schema=CUSTOMERS, offline=sm.OfflineStore(bucket))
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    Template.from_stack(stack).has_resource(GROUP, kept)
    Template.from_stack(stack).has_resource("AWS::IAM::Role", kept)


def test_a_group_may_be_destroyed(stack: Stack, bucket: s3.IBucket) -> None:
    offline = sm.OfflineStore(bucket)
    sm.FeatureGroup(stack, "Customers", schema=CUSTOMERS, offline=offline, removal_policy=RemovalPolicy.DESTROY)
    assert _made(stack)["DeletionPolicy"] == "Delete"


def test_a_number_as_event_time_makes_a_table_of_glue(stack: Stack) -> None:
    sm.FeatureGroup(stack, "Customers", schema=BY_NUMBER)
    assert _made(stack)["Properties"]["OfflineStoreConfig"]["TableFormat"] == "Glue"
    assert "glue:UpdateTable" not in {action for each in statements(stack) for action in actions_of(each)}


def test_an_online_store_is_encrypted_and_forgets(stack: Stack) -> None:
    group = sm.FeatureGroup(
        stack,
        "Customers",
        schema=CUSTOMERS,
        online=sm.OnlineStore(time_to_live=Duration.days(30)),
        offline=None,
        throughput=sm.ProvisionedThroughput(reads=5, writes=1),
    )
    group.grant_read_online(_caller(stack))
    made = _made(stack)["Properties"]
    assert made["OnlineStoreConfig"]["TtlDuration"] == {"Unit": "Seconds", "Value": 2_592_000}
    assert "Fn::GetAtt" in made["OnlineStoreConfig"]["SecurityConfig"]["KmsKeyId"]
    assert made["ThroughputConfig"]["ProvisionedReadCapacityUnits"] == 5
    assert "RoleArn" not in made
    assert {action for each in statements(stack) for action in actions_of(each)} >= {
        "sagemaker:GetRecord",
        "sagemaker:BatchGetRecord",
        "kms:Decrypt",
    }


def test_writers_write_and_readers_read(stack: Stack, bucket: s3.IBucket) -> None:
    group = sm.FeatureGroup(
        stack, "Customers", schema=CUSTOMERS, offline=sm.OfflineStore(bucket, prefix="/features/")
    )
    role = _caller(stack)
    group.grant_ingest(role)
    group.grant_read_offline(role)
    own = [each for each in statements(stack) if "sagemaker:PutRecord" in actions_of(each)]
    assert {action for each in own for action in actions_of(each)} == {
        "sagemaker:DescribeFeatureGroup",
        "sagemaker:PutRecord",
        "sagemaker:DeleteRecord",
        "sagemaker:BatchWriteRecord",
    }
    assert "glue:GetPartitions" in {action for each in statements(stack) for action in actions_of(each)}


def test_deployed_features_keep_their_order(stack: Stack) -> None:
    grown = sm.FeatureSchema("customer", "at", {"age": "Integral", **CUSTOMERS.features})
    group = sm.FeatureGroup(stack, "Customers", schema=grown, deployed=CUSTOMERS)
    assert [each["FeatureName"] for each in _made(stack)["Properties"]["FeatureDefinitions"]][-1] == "age"
    assert list(group.schema.features) == ["customer", "at", "calls", "age"]


def test_all_mistakes_are_told_at_once(stack: Stack) -> None:
    schema = sm.FeatureSchema("costumer", "at", {"customer": "String", "at": "Integral", "write_time": "String"})
    with pytest.raises(InvalidInput) as refused:
        sm.FeatureGroup(stack, "Customers", schema=schema, deployed=CUSTOMERS, name="a_b", offline=None)
    assert [problem.path for problem in refused.value.problems] == [
        "name",
        "schema.record_identifier",
        "schema.features[at]",
        "schema.features[calls]",
        "schema.event_time",
        "schema.features[2]",
        "online",
        "schema.record_identifier",
    ]


def test_there_is_nothing_to_read_in_a_store_that_is_not_there(stack: Stack) -> None:
    offline = sm.FeatureGroup(stack, "Offline", schema=CUSTOMERS)
    with pytest.raises(InvalidInput, match="Offline: online is none: there are no records to read online"):
        offline.grant_read_online(_caller(stack))
    online = sm.FeatureGroup(stack, "Online", schema=CUSTOMERS, offline=None, online=sm.OnlineStore())
    with pytest.raises(InvalidInput, match="Online: offline is none: there is no table to read"):
        online.grant_read_offline(iam.Role.from_role_name(stack, "Reader", "reader"))


def test_sagemaker_is_told_nothing_of_features_without_words(stack: Stack) -> None:
    sm.FeatureGroup(stack, "Customers", schema=CUSTOMERS)
    Template.from_stack(stack).resource_count_is("Custom::SageMakerFeatureMetadata", 0)


def test_sagemaker_is_told_what_features_are(stack: Stack) -> None:
    told = replace(CUSTOMERS, descriptions={"calls": "last month"}, parameters={"calls": {"owner": "risk"}})
    sm.FeatureGroup(stack, "Customers", schema=told)
    template = Template.from_stack(stack)
    [written] = template.find_resources("Custom::SageMakerFeatureMetadata").values()
    features = '{"calls":{"description":"last month","parameters":{"owner":"risk"}}}'
    assert written["Properties"]["Features"] == features
    [found] = [each for each in statements(stack) if "sagemaker:UpdateFeatureMetadata" in actions_of(each)]
    assert "feature-group/" in str(found["Resource"])


@pytest.mark.parametrize(
    ("descriptions", "parameters", "words"),
    [
        ({"age": "in years"}, {}, r"schema.descriptions\[age\] must be the name of a feature"),
        ({"calls": "a\nb"}, {}, r"schema.descriptions\[calls\] must be 1 to 255 characters in one line"),
        ({"calls": "a" * 256}, {}, r"schema.descriptions\[calls\] must be 1 to 255 characters"),
        ({}, {"age": {"a": "b"}}, r"schema.parameters\[age\] must be the name of a feature"),
        ({}, {"calls": {"a": "b;c"}}, r"schema.parameters\[calls\]\[a\] must be 1 to 255 letters"),
        ({}, {"calls": {str(each): "b" for each in range(26)}}, r"schema.parameters\[calls\] may hold at most 25"),
    ],
)
def test_what_sagemaker_would_not_be_told_is_refused(
    stack: Stack, descriptions: Mapping[str, str], parameters: Mapping[str, Mapping[str, str]], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        sm.FeatureGroup(
            stack, "Customers", schema=replace(CUSTOMERS, descriptions=descriptions, parameters=parameters)
        )
