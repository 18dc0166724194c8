"""Definitions that are too long for a template are deployed, changed, rolled back and deleted."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from harness.aws_clients import Clients, refused
from harness.published_stack import deploy, update
from sagemaker_constructs.pipelines import FailStep, Pipeline
from sagemaker_constructs.storage import EncryptedBucket

NAME = "long-definition"


def _build(text: str, *, broken: bool = False) -> Any:
    def build(stack: cdk.Stack) -> None:
        bucket = EncryptedBucket(stack, "Data")
        steps = [
            FailStep(f"End{index}", message=f"{text} {bucket.bucket_name} {'x' * 2900} ${{kept}} {index}")
            for index in range(335)
        ]
        Pipeline(stack, "Long", pipeline_name=NAME, steps=steps)
        if broken:
            # After the definition is there, and with what SageMaker refuses.
            bad = cdk.CfnResource(stack, "Bad", type="AWS::SageMaker::Model", properties={"ModelName": "-"})
            bad.node.add_dependency(stack.node.find_child("Long"))

    return build


def _objects(client: Clients, stack: Any) -> list[str]:
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    [bucket] = [
        each["PhysicalResourceId"]
        for each in resources
        if each["ResourceType"] == "AWS::S3::Bucket" and "Definitions" in each["LogicalResourceId"]
    ]
    return [each["Key"] for each in client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_definition_of_1_mb_lives(client: Clients, tmp_path: Path) -> None:
    sagemaker = client("sagemaker")

    def said() -> str:
        definition = sagemaker.describe_pipeline(PipelineName=NAME)["PipelineDefinition"]
        assert 1_000_000 < len(definition) <= 1_048_576
        return json.loads(definition)["Steps"][0]["Arguments"]["ErrorMessage"]

    stack = deploy(client, "long", _build("first"), context={}, outdir=tmp_path / "first")
    [first] = _objects(client, stack)
    assert said().startswith("first long-sagemakerdata")
    assert said().endswith("${kept} 0")

    assert update(client, stack, _build("second"), outdir=tmp_path / "second") == "UPDATE_COMPLETE", stack.reasons()
    assert said().startswith("second ")
    [second] = _objects(client, stack)
    assert second != first

    status = update(client, stack, _build("third", broken=True), outdir=tmp_path / "third")
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert said().startswith("second ")
    assert _objects(client, stack) == [second]

    stack.delete()
    assert refused(sagemaker.describe_pipeline, PipelineName=NAME)[0] == "ResourceNotFound"
