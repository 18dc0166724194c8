"""Pipelines of stacks, and executions that were cut short."""

from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import start
from harness.aws_clients import ROLE, Clients, clients_of, kill, saved, wait_for
from harness.deployed_stack import Stack, resource
from harness.pipeline_definitions import BUCKET, Factory, definition, fail, training


@pytest.fixture
def stack(client: Clients) -> Stack:
    return Stack(client("cloudformation"), "with-a-pipeline")


def _pipeline(**definition_: Any) -> dict[str, Any]:
    return {"Pipeline": resource("SageMaker::Pipeline", PipelineName="of-a-stack", RoleArn=ROLE, **definition_)}


def test_a_stack_updates_its_pipeline(stack: Stack, factory: Factory) -> None:
    assert (
        stack.create(**_pipeline(PipelineDefinition={"PipelineDefinitionBody": definition(fail("A", "x"))}))
        == "CREATE_COMPLETE"
    )
    second = definition(fail("B", "x"))
    factory.s3.put_object(Bucket=BUCKET, Key="of-a-stack.json", Body=second.encode())
    place = {"Bucket": BUCKET, "Key": "of-a-stack.json"}
    updated = _pipeline(PipelineDefinition={"PipelineDefinitionS3Location": place})
    assert stack.update(**updated) == "UPDATE_COMPLETE"
    told = factory.sagemaker.describe_pipeline(PipelineName="of-a-stack")
    assert told["PipelineDefinition"] == second
    assert stack.delete() == "DELETE_COMPLETE"


def test_an_interrupted_execution_has_failed(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    factory = Factory(clients_of(first)).prepare()
    factory.create("cut", definition(training("Train", echo_image, {"seconds": "60"})))
    execution = factory.start("cut")
    wait_for(lambda: factory.statuses(execution), lambda steps: steps == {"Train": "Executing"})
    wait_for(lambda: saved(own_state, "sagemaker"), lambda text: "Executing" in text and execution in text)
    kill(first)
    second = start(own_state)
    factory = Factory(clients_of(second))
    told = factory.describe(execution)
    assert told["PipelineExecutionStatus"] == "Failed"
    assert "the emulator was stopped" in told["FailureReason"]
    assert factory.statuses(execution) == {"Train": "Failed"}
    assert any(execution in sentence for sentence in second.interrupted)
