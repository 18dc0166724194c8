"""Rows of files for a group: the job's request, its rights, and where it can run."""

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput

SCHEMA = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tabular:1"


def _definition(
    stack: Stack, bucket: s3.IBucket, image: sm.ModelImage | None = None, **given: Any
) -> sm.FeatureIngestionDefinition:
    group = sm.FeatureGroup(stack, "Customers", schema=SCHEMA, offline=sm.OfflineStore(bucket))
    return sm.FeatureIngestionDefinition(
        stack,
        "Ingest",
        group=group,
        image=image or sm.ModelImage.from_uri(IMAGE),
        instance_type="ml.m5.large",
        data=sm.ProcessingInput(bucket, "rows"),
        **given,
    )


def test_the_job_writes_to_the_group_over_a_network(stack: Stack, bucket: s3.IBucket) -> None:
    definition = _definition(stack, bucket, refused=sm.ProcessingOutput(bucket, "refused"), most_refused=3)
    request: Any = stack.resolve(dict(definition.request))
    arguments = request["AppSpecification"]["ContainerArguments"]
    assert (arguments[:3], arguments[4:]) == (["process", "ingest", "--group"], ["--most-refused", "3"])
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is False
    assert [each["OutputName"] for each in request["ProcessingOutputConfig"]["Outputs"]] == ["refused"]


def test_the_job_waits_for_its_right_to_write(stack: Stack, bucket: s3.IBucket) -> None:
    sm.ProcessingJob(stack, "Once", definition=_definition(stack, bucket))
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerProcessingJob").values()
    policies = template.find_resources("AWS::IAM::Policy")
    waited = [name for name in policies if name in job["DependsOn"]]
    assert "sagemaker:BatchWriteRecord" in json.dumps([policies[name] for name in waited])
    allowed = {action for each in statements(stack) for action in actions_of(each)}
    assert "sagemaker:GetRecord" not in allowed


def test_fewer_than_no_refused_rows_are_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="most_refused must be"):
        _definition(stack, bucket, most_refused=-1)


@pytest.mark.parametrize("image", [sm.ModelImage.from_uri(IMAGE), sm.ModelImage.from_library("wrangling")])
def test_parquet_is_read_by_images_that_can(stack: Stack, bucket: s3.IBucket, image: sm.ModelImage) -> None:
    request: Any = stack.resolve(dict(_definition(stack, bucket, image, format="parquet").request))
    arguments = request["AppSpecification"]["ContainerArguments"]
    assert arguments[4:] == ["--format", "parquet", "--most-refused", "0"]


def test_parquet_is_refused_for_an_image_that_cannot(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match='image must have duckdb in its lock for format="parquet"'):
        _definition(stack, bucket, sm.ModelImage.from_library("tabular"), format="parquet")
