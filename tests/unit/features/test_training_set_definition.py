"""Training sets by a job: the query that it runs, its rights, and what is refused."""

import json
from typing import Any, Literal

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import AthenaWorkgroup, LakeDatabase, LakeTable, ProcessingJob, ProcessingOutput
from sagemaker_constructs.features import (
    FeatureGroup,
    FeatureSchema,
    GroupFeatures,
    OfflineStore,
    TrainingSetDefinition,
)
from sagemaker_constructs.images import ModelImage

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tabular:1"


def _group(
    stack: Stack, bucket: s3.IBucket, name: str = "Calls", time: Literal["String", "Fractional"] = "String"
) -> FeatureGroup:
    schema = FeatureSchema("customer", "at", {"customer": "String", "at": time, "calls": "Integral"})
    return FeatureGroup(stack, name, schema=schema, offline=OfflineStore(bucket, table_format="Glue"))


def _definition(stack: Stack, bucket: s3.IBucket, *features: GroupFeatures, **given: Any) -> TrainingSetDefinition:
    labels = LakeTable(
        stack,
        "Labels",
        database=LakeDatabase(stack, "Churn"),
        bucket=bucket,
        prefix="labels",
        columns={"customer": "string", "asked_at": "string", "churned": "int"},
    )
    return TrainingSetDefinition(
        stack,
        "Rows",
        spine=labels,
        event_time="asked_at",
        features=features,
        workgroup=AthenaWorkgroup(stack, "Team", bucket=bucket),
        rows=ProcessingOutput(bucket, "rows"),
        image=ModelImage.from_uri(IMAGE),
        instance_type="ml.m5.large",
        **given,
    )


def test_the_query_is_saved_and_the_job_is_told_its_groups(stack: Stack, bucket: s3.IBucket) -> None:
    group = _group(stack, bucket)
    definition = _definition(stack, bucket, GroupFeatures(group, ["calls"], prefix="n_"), columns=["churned"])
    request: Any = stack.resolve(dict(definition.request))
    arguments = request["AppSpecification"]["ContainerArguments"]
    assert (arguments[:3], arguments[4]) == (["process", "training_set", "--query"], "--group")
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is False
    [query] = Template.from_stack(stack).find_resources("AWS::Athena::NamedQuery").values()
    sql = query["Properties"]["QueryString"]
    assert 'FROM "labels"' in sql
    assert 'FROM "feature_group_0"' in sql
    assert '"n_calls"' in sql


def test_the_job_waits_for_its_rights_to_query(stack: Stack, bucket: s3.IBucket) -> None:
    ProcessingJob(
        stack, "Once", definition=_definition(stack, bucket, GroupFeatures(_group(stack, bucket), ["calls"]))
    )
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerProcessingJob").values()
    policies = template.find_resources("AWS::IAM::Policy")
    waited = json.dumps([policies[name] for name in policies if name in job["DependsOn"]])
    for action in ("athena:GetNamedQuery", "athena:StartQueryExecution", "sagemaker:DescribeFeatureGroup"):
        assert action in waited
    allowed = {action for each in statements(stack) for action in actions_of(each)}
    assert "sagemaker:GetRecord" not in allowed


def test_what_a_group_does_not_have_is_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(
        InvalidInput, match=r"Stack/Rows: features\[0\].features\[1\] must be one of customer, at, calls"
    ):
        _definition(stack, bucket, GroupFeatures(_group(stack, bucket), ["calls", "minutes"]))


def test_two_kinds_of_event_times_are_refused(stack: Stack, bucket: s3.IBucket) -> None:
    text, numbers = _group(stack, bucket), _group(stack, bucket, "Numbers", "Fractional")
    with pytest.raises(InvalidInput, match="event times are all text, or all numbers"):
        _definition(stack, bucket, GroupFeatures(text, ["calls"]), GroupFeatures(numbers, ["calls"], prefix="x_"))


def test_no_groups_are_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="Stack/Rows: features must hold at least one group"):
        _definition(stack, bucket)


def test_two_columns_of_one_name_are_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"Stack/Rows: .*must be unique"):
        _definition(stack, bucket, GroupFeatures(_group(stack, bucket), ["calls"]), columns=["calls"])
