"""A stack is deleted while its pipeline runs, and waits for somebody who will never answer."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from harness.aws_clients import Clients, refused, wait_for
from harness.published_stack import deploy
from sagemaker_constructs.pipelines import CallbackStep, Pipeline

NAME = "ends-with-its-stack"


def test_a_stack_goes_though_its_pipeline_runs(client: Clients, tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        Pipeline(stack, "Waits", pipeline_name=NAME, steps=[CallbackStep("Wait", sqs.Queue(stack, "Answers"))])

    stack = deploy(client, "ending", build, context={}, outdir=tmp_path / "out")
    sagemaker = client("sagemaker")
    started = sagemaker.start_pipeline_execution(PipelineName=NAME, ClientRequestToken="e" * 32)
    wait_for(
        lambda: sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=started["PipelineExecutionArn"]),
        lambda listed: "Callback" in str(listed["PipelineExecutionSteps"]),
    )
    assert (
        refused(sagemaker.delete_pipeline, PipelineName=NAME, ClientRequestToken="d" * 32)[0] == "ConflictException"
    )
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    assert refused(sagemaker.describe_pipeline, PipelineName=NAME)[0] == "ResourceNotFound"
