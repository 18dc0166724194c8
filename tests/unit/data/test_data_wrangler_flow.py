"""Flows of Data Wrangler: the request of the job, what its role may do, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.wrangling.flows import CUSTOMERS, chosen, flow, source, step
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.data import (
    DataWranglerFlow,
    ProcessingDefinition,
    ProcessingInput,
    ProcessingJob,
    ProcessingOutput,
)
from sagemaker_constructs.images.framework_image import framework_image

Make = Callable[..., DataWranglerFlow]


@pytest.fixture
def make(stack: Stack, key: kms.IKey, bucket: s3.IBucket, tmp_path: Path) -> Make:
    def of(text: str = CUSTOMERS, **given: Any) -> DataWranglerFlow:
        file = tmp_path / "customers.flow"
        file.write_text(text)
        arguments: dict[str, Any] = {
            "flow": str(file),
            "datasets": {"customers.csv": ProcessingInput(bucket, "raw/customers")},
            "output": ProcessingOutput(bucket, "prepared"),
            "instance_type": "ml.m5.large",
            "encryption_key": key,
            **given,
        }
        return DataWranglerFlow(stack, "Prepare", **arguments)

    return of


def _request(definition: ProcessingDefinition, stack: Stack) -> dict[str, Any]:
    ProcessingJob(stack, "Once", definition=definition)
    resources = Template.from_stack(stack).find_resources("Custom::SageMakerProcessingJob")
    [resource] = resources.values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    role = "arn:aws:iam::123456789012:role/r"
    request = json.loads("".join(part if isinstance(part, str) else role for part in parts))
    shape = cast(Any, service_model()).operation_model("CreateProcessingJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate({"ProcessingJobName": "job", **request}, shape)
    assert not report.has_errors(), report.generate_report()
    return request


def test_flow_data_sets_and_result_lie_where_data_wrangler_looks(make: Make, stack: Stack) -> None:
    flow_ = make()
    request = _request(flow_.definition, stack)
    inputs = {each["InputName"]: each["S3Input"]["LocalPath"] for each in request["ProcessingInputs"]}
    assert inputs == {
        "flow": "/opt/ml/processing/flow",
        "customers.csv": "/opt/ml/processing/customers.csv",
    }
    [output] = request["ProcessingOutputConfig"]["Outputs"]
    assert output["OutputName"] == flow_.output_name == "formula.default"
    assert output["S3Output"]["LocalPath"] == "/opt/ml/processing/output"
    assert request["AppSpecification"]["ContainerArguments"] == [
        '--output-config \'{"formula.default": {"content_type": "CSV"}}\'',
        '--refit-trained-params \'{"refit": true, "output_flow": "customers.flow"}\'',
    ]
    assert request["NetworkConfig"]["EnableNetworkIsolation"]


def test_the_role_reads_the_data_sets_and_the_flow_alone(make: Make, stack: Stack) -> None:
    make()
    [role] = [
        each
        for each in Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
        if "Runs the processing job" in each["Properties"].get("Description", "")
    ]
    text = json.dumps(role)
    assert "raw/customers/*" in text
    assert "prepared/*" in text
    assert ".flow" in text


def test_the_image_of_aws_is_of_the_region(make: Make, stack: Stack) -> None:
    request = _request(make(engine="data_wrangler", version="3.x", instance_count=2).definition, stack)
    named = framework_image("data-wrangler", region=stack.region, scope="processing", version="3.x")
    assert request["AppSpecification"]["ImageUri"] == named.uri
    assert named.repository == "sagemaker-data-wrangler-container"
    assert not request["NetworkConfig"]["EnableNetworkIsolation"]


def test_a_node_before_the_end_is_taken_where_it_is_named(make: Make) -> None:
    assert make(node="encode").output_name == "encode.default"


def _other(*steps: dict[str, Any]) -> str:
    return flow(source("customers.csv", "read"), *steps)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "another version": (flow(source("customers.csv", "read"), version=2), {}, "flow must be of version 1, got: 2"),
    "no JSON": ("{", {}, "flow must be a .flow file of Data Wrangler, which is JSON"),
    "no nodes": ('{"metadata": {"version": 1}}', {}, "flow must be a .flow file of Data Wrangler, which is JSON"),
    "an unknown node": (CUSTOMERS, {"node": "formul"}, "node must be a known value, got: 'formul'; did you mean"),
    "a picture": (CUSTOMERS, {"node": "chart"}, "node must be a node with rows, got a visualization: chart"),
    "an unknown output": (CUSTOMERS, {"node_output": "Train"}, "node_output must be a known value, got: 'Train'"),
    "two ends": (
        flow(source("customers.csv", "read"), source("b.csv", "more")),
        {},
        "node must be given where the flow has not one end, got the ends: read, more",
    ),
    "an unknown data set": (CUSTOMERS, {"datasets": {}}, "datasets must name what the flow reads, got none for"),
    "a missing input": (
        _other(step("end", "sagemaker.dataset.identity_0.1", {}, "read", "gone")),
        {},
        "flow must have what node end reads, got none: gone",
    ),
    "a missing output": (
        _other(step("end", "sagemaker.dataset.identity_0.1", {}, "read.Train")),
        {},
        "flow must have what node end reads, got no output Train of read",
    ),
    "a circle": (
        _other(
            step("a", "sagemaker.dataset.identity_0.1", {}, "read", "b"),
            step("b", "sagemaker.dataset.identity_0.1", {}, "a"),
        ),
        {"node": "b"},
        "flow must not lead in a circle, got one through: b",
    ),
    "a query of Athena": (
        flow(
            step(
                "read",
                "sagemaker.athena_source_0.1",
                {"dataset_definition": {"name": "customers.csv"}},
                kind="SOURCE",
            )
        ),
        {},
        "flow reads from elsewhere than S3, which a job cannot: unload its rows, and read these, "
        "got: sagemaker.athena_source_0.1 in node read",
    ),
    "an operator of AWS alone": (
        _other(step("end", *chosen("featurize_text", "Vectorize", "vectorize_parameters"), "read")),
        {},
        "engine 'open' does not run, and 'data_wrangler' does: sagemaker.spark.featurize_text_0.1 (Vectorize) "
        "in node end",
    ),
    "two instances": (CUSTOMERS, {"instance_count": 2}, "instance_count must be 1 for the engine 'open', got: 2"),
    "another engine": (CUSTOMERS, {"engine": "spark"}, "engine must be a known value, got: 'spark'"),
    "another format": (CUSTOMERS, {"content_type": "ORC"}, "content_type must be a known value, got: 'ORC'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(make: Make, name: str) -> None:
    text, given, message = REFUSED[name]
    with pytest.raises(InvalidInput) as refused:
        make(text, **given)
    assert any(line.startswith(f"Default/Prepare: {message}") for line in refused.value.lines) or any(
        message in line for line in refused.value.lines
    ), refused.value.lines


def test_what_only_aws_runs_is_taken_with_its_image(make: Make) -> None:
    text = _other(step("end", "sagemaker.spark.custom_pyspark_0.1", {"code": "df = df"}, "read"))
    assert make(text, engine="data_wrangler").output_name == "end.default"


def test_regions_without_the_image_are_refused(tmp_path: Path) -> None:
    stack = Stack(App(), "Stack", env={"account": "123456789012", "region": "ap-southeast-4"})
    file = tmp_path / "a.flow"
    file.write_text(CUSTOMERS)
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "example")
    with pytest.raises(InvalidInput, match="region of data-wrangler must be a known value, got: 'ap-southeast-4'"):
        DataWranglerFlow(
            stack,
            "Prepare",
            flow=str(file),
            datasets={"customers.csv": ProcessingInput(bucket, "raw")},
            output=ProcessingOutput(bucket, "prepared"),
            instance_type="ml.m5.4xlarge",
            engine="data_wrangler",
        )
