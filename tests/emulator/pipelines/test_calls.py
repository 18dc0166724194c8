"""Steps that call others: functions, and whoever reads a queue."""

import io
import json
import uuid
import zipfile
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, wait_for
from harness.pipeline_definitions import Factory, definition, fail, get, parameter, step

ANSWERS = """
def handler(event, context):
    if event["number"] < 0:
        raise ValueError("too small")
    return {"double": event["number"] * 2, "unasked": 1}
"""
OUTPUTS = [{"OutputName": "double", "OutputType": "Integer"}]


@pytest.fixture(scope="module")
def function(client: Clients) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("answers.py", ANSWERS)
    created = client("lambda").create_function(
        FunctionName="answers",
        Runtime="python3.11",
        Role=ROLE,
        Handler="answers.handler",
        Code={"ZipFile": code.getvalue()},
    )
    return created["FunctionArn"]


@pytest.fixture
def queue(client: Clients) -> str:
    return client("sqs").create_queue(QueueName=f"callbacks-{uuid.uuid4().hex}")["QueueUrl"]


def _message(client: Clients, queue: str) -> Any:
    received = wait_for(
        lambda: client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1), lambda got: "Messages" in got
    )["Messages"][0]
    client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=received["ReceiptHandle"])
    return json.loads(received["Body"])


def test_a_function_gets_the_arguments_and_gives_outputs(factory: Factory, function: str) -> None:
    ask = step("Ask", "Lambda", {"number": get("Parameters.Number")}, FunctionArn=function, OutputParameters=OUTPUTS)
    said = {"Std:Join": {"On": " ", "Values": ["twice is", get("Steps.Ask.OutputParameters['double']")]}}
    factory.create("asks", definition(ask, fail("Said", said), parameters=[parameter("Number", "Integer")]))
    steps = factory.steps(factory.run("asks", {"Number": "21"})["PipelineExecutionArn"])
    assert steps["Said"]["FailureReason"] == "twice is 42"
    outputs = [{"Name": "double", "Value": "42"}]
    assert steps["Ask"]["Metadata"]["Lambda"] == {"Arn": function, "OutputParameters": outputs}
    failed = factory.steps(factory.run("asks", {"Number": "-1"})["PipelineExecutionArn"])
    assert failed["Ask"]["FailureReason"].endswith("failed: too small")


def test_a_function_that_does_not_exist_fails_its_step(factory: Factory, function: str) -> None:
    ask = step("Ask", "Lambda", {}, FunctionArn=function.replace("answers", "nobody"), OutputParameters=[])
    factory.create("asks-nobody", definition(ask))
    steps = factory.steps(factory.run("asks-nobody")["PipelineExecutionArn"])
    assert "Failed to invoke lambda:InvokeFunction" in steps["Ask"]["FailureReason"]


def _callback(queue: str) -> dict[str, Any]:
    return step("Wait", "Callback", {"what": get("Parameters.What")}, SqsQueueUrl=queue, OutputParameters=OUTPUTS)


def _waiting(factory: Factory, name: str, queue: str) -> str:
    said = fail("Said", get("Steps.Wait.OutputParameters['double']"))
    factory.create(name, definition(_callback(queue), said, parameters=[parameter("What", "String", "rows")]))
    return factory.start(name)


def test_a_callback_is_waited_for(factory: Factory, client: Clients, queue: str) -> None:
    execution = _waiting(factory, "waits", queue)
    message = _message(client, queue)
    assert (message["status"], message["arguments"]) == ("Executing", {"what": "rows"})
    outputs = [{"Name": "double", "Value": "forty-two"}]
    answered = factory.sagemaker.send_pipeline_execution_step_success(
        CallbackToken=message["token"], OutputParameters=outputs
    )
    assert answered == {**answered, "PipelineExecutionArn": execution}
    factory.ended(execution)
    assert factory.steps(execution)["Said"]["FailureReason"] == "forty-two"
    code, _ = refused(
        factory.sagemaker.send_pipeline_execution_step_success,
        CallbackToken=message["token"],
        OutputParameters=outputs,
    )
    assert code == "ResourceNotFound"


def test_a_callback_may_fail(factory: Factory, client: Clients, queue: str) -> None:
    execution = _waiting(factory, "waits-in-vain", queue)
    factory.sagemaker.send_pipeline_execution_step_failure(
        CallbackToken=_message(client, queue)["token"], FailureReason="nobody was there"
    )
    assert factory.ended(execution)["PipelineExecutionStatus"] == "Failed"
    assert factory.steps(execution)["Wait"]["FailureReason"] == "nobody was there"


def test_a_stop_waits_for_the_callback(factory: Factory, client: Clients, queue: str) -> None:
    execution = _waiting(factory, "stops-late", queue)
    token = _message(client, queue)["token"]
    factory.stop(execution)
    again = _message(client, queue)
    assert (again["status"], again["token"]) == ("Stopping", token)
    assert factory.describe(execution)["PipelineExecutionStatus"] == "Stopping"
    outputs = [{"Name": "double", "Value": "1"}]
    factory.sagemaker.send_pipeline_execution_step_success(CallbackToken=token, OutputParameters=outputs)
    assert factory.ended(execution)["PipelineExecutionStatus"] == "Stopped"
    assert factory.statuses(execution) == {"Wait": "Stopped"}
