"""A step with a program of one's own: its result is used again as long as the program is the same."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from harness.aws_clients import Clients, wait_for
from harness.deployed_stack import Stack
from harness.published_stack import deploy, update
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.pipelines import Cache, Pipeline, TrainingStep
from sagemaker_constructs.storage import EncryptedBucket
from sagemaker_constructs.training import SourceCode, TrainingDefinition

TRAIN = 'import os, pathlib\npathlib.Path(os.environ["SM_MODEL_DIR"], "word").write_text("{word}")\n'
SECONDS = 90.0


def _app(program: Path, image: str, description: str) -> Callable[[cdk.Stack], None]:
    def build(stack: cdk.Stack) -> None:
        training = TrainingDefinition(
            stack,
            "Training",
            image=ModelImage.from_uri(image),
            output=EncryptedBucket(stack, "Output"),
            instance_type="ml.m5.large",
            source=SourceCode(program, entry_script="train.py"),
        )
        steps = [TrainingStep("Train", training, cache=Cache(days=7))]
        pipeline = Pipeline(stack, "Pipeline", steps=steps, description=description)
        cdk.CfnOutput(stack, "Name", value=pipeline.pipeline_name)

    return build


def _run(client: Clients, stack: Stack) -> Any:
    sagemaker = client("sagemaker")
    [name] = [each["OutputValue"] for each in stack.describe()["Outputs"] if each["OutputKey"] == "Name"]
    execution = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]

    def described() -> Any:
        return sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)

    ended = wait_for(described, lambda it: it["PipelineExecutionStatus"] not in ("Executing", "Stopping"), SECONDS)
    assert ended["PipelineExecutionStatus"] == "Succeeded", ended
    [step] = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    return execution, step


def test_a_deployment_of_the_same_program_hits_the_cache_and_of_another_one_does_not(
    client: Clients, tabular_image: str, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "train.py").write_text(TRAIN.format(word="one"))
    built = _app(program, tabular_image, "First")
    stack = deploy(client, "cached-source", built, context={}, outdir=tmp_path / "first")
    first, step = _run(client, stack)
    assert "CacheHitResult" not in step

    os.utime(program / "train.py", (1, 1))
    built = _app(program, tabular_image, "Second")
    assert update(client, stack, built, outdir=tmp_path / "second") == "UPDATE_COMPLETE"
    assert _run(client, stack)[1]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}

    (program / "train.py").write_text(TRAIN.format(word="two"))
    assert update(client, stack, built, outdir=tmp_path / "third") == "UPDATE_COMPLETE"
    assert "CacheHitResult" not in _run(client, stack)[1]
