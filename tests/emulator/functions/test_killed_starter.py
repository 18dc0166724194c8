"""What starts pipelines, killed for real after each of its calls."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients
from harness.functions.forked_function import ForkedFunction
from harness.published_stack import deploy
from sagemaker_constructs.pipelines import (
    EventText,
    EventTrigger,
    FailStep,
    Pipeline,
    PipelineTriggers,
    StringParameter,
)

MOST_CALLS = 20


class Started:
    """A pipeline with a trigger, whose function only the test calls."""

    def __init__(self, client: Clients, name: str) -> None:
        described = client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
        self.client = client
        functions = client("lambda")
        [mapping] = functions.list_event_source_mappings(FunctionName=self.outputs["Function"])["EventSourceMappings"]
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
        described = functions.get_function_configuration(FunctionName=self.outputs["Function"])
        self.environment: Mapping[str, str] = described["Environment"]["Variables"]

    def push(self, sha: str) -> dict[str, Any]:
        """Send an event; the call that its message makes of the function."""
        entry = {"Source": "github", "DetailType": "push", "Detail": json.dumps({"sha": sha})}
        self.client("events").put_events(Entries=[entry])
        [message] = self.client("sqs").receive_message(
            QueueUrl=self.environment["QUEUE"], WaitTimeSeconds=10, AttributeNames=["All"]
        )["Messages"]
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
        }
        return {"Records": [record]}

    def values(self) -> list[str]:
        """The parameter's value in each execution; the oldest first."""
        sagemaker = self.client("sagemaker")
        listed = sagemaker.list_pipeline_executions(
            PipelineName=self.outputs["Pipeline"], SortOrder="Ascending", MaxResults=100
        )
        found: list[str] = []
        for each in listed["PipelineExecutionSummaries"]:
            arn = each["PipelineExecutionArn"]
            values = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
            found += [value["Value"] for value in values]
        return found


@pytest.fixture(scope="module")
def started(client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Started:
    def build(stack: cdk.Stack) -> None:
        why = StringParameter("Why", "nothing")
        pipeline = Pipeline(stack, "Fails", parameters=[why], steps=[FailStep("End", message=why)])
        push = EventTrigger(
            {"source": ["github"]}, fields=("detail.sha",), parameters={"Why": EventText("{detail.sha}")}
        )
        triggers = PipelineTriggers(
            stack, "Triggers", pipeline=pipeline, maximum_executions=50, triggers={"push": push}
        )
        cdk.CfnOutput(stack, "Pipeline", value=pipeline.pipeline_name)
        cdk.CfnOutput(stack, "Function", value=triggers.function_arn)

    outdir = Path(tmp_path_factory.mktemp("killed-starter"))
    deploy(client, "killed-starter", build, context={}, outdir=outdir)
    return Started(client, "killed-starter")


def test_killed_after_each_call_it_starts_once(started: Started, emulator: RunningEmulator) -> None:
    services = ("dynamodb", "sagemaker", "sqs")
    with ForkedFunction.of("starter", emulator, started.environment, *services) as function:
        events: list[dict[str, Any]] = []
        for calls in itertools.count(1):
            assert calls < MOST_CALLS
            events.append(started.push(f"push-{calls}"))
            if "killed" not in function.deliver(events[-1], dies_after=calls):
                break
            # Another event comes first, which finds a start that somebody has left in the middle.
            events.append(started.push(f"rival-{calls}"))
            for event in (events[-1], events[-2]):
                assert function.deliver(event) == {"returned": {"batchItemFailures": []}}
        for event in reversed(events):
            assert function.deliver(event) == {"returned": {"batchItemFailures": []}}, "twice, and out of order"
        killed = function.gateway.killed
    assert {"GetItem", "TransactWriteItems", "DescribePipeline", "StartPipelineExecution"} <= set(killed)
    assert sorted(started.values()) == sorted(
        [f"push-{each}" for each in range(1, len(killed) + 2)]
        + [f"rival-{each}" for each in range(1, len(killed) + 1)]
    )
