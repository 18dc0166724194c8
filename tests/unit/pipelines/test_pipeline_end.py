"""What ends executions before a pipeline is deleted."""

import json

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

import sagemaker_constructs as sm


@pytest.mark.parametrize("waits", [False, True])
def test_it_may_stop_executions_and_answers_where_somebody_waits(stack: Stack, waits: bool) -> None:
    queue = sqs.Queue(stack, "Answers")
    step = sm.CallbackStep("Wait", queue) if waits else sm.FailStep("End", message="over")
    pipeline = sm.Pipeline(stack, "Used", steps=[step])
    sm.Pipeline(stack, "Other", steps=[sm.FailStep("End", message="over")])
    template = Template.from_stack(stack)
    ends = template.find_resources("Custom::SageMakerPipelineEnd")
    pipelines = template.find_resources("AWS::SageMaker::Pipeline")
    assert {each["Properties"]["PipelineName"]["Ref"] for each in ends.values()} == pipelines.keys()
    template.resource_count_is("AWS::Lambda::Function", 1)
    roles = template.find_resources("AWS::IAM::Role")
    [role] = [each["Properties"] for name, each in roles.items() if name.startswith("SageMakerPipelineEnds")]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]
    answering = [each for each in statements if "SendPipelineExecutionStepFailure" in json.dumps(each)]
    assert [each["Resource"] for each in answering] == (["*"] if waits else [])
    stopping = [each for each in statements if "sagemaker:StopPipelineExecution" in each["Action"]]
    assert json.dumps(stopping).count("/execution/*") == 2
    assert pipeline.end.path == f"{stack.stack_name}/Used/End"
