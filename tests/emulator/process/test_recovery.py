"""`kill -9` in the middle of stack operations, and restarts: the next start repairs, and goes on serving."""

import os
import signal
from pathlib import Path
from typing import Any

from emulator.launcher import RunningEmulator, start
from harness.aws_clients import ROLE, clients_of, saved, wait_for
from harness.deployed_stack import Stack, resource, serving
from harness.serving_endpoints import deploy

STOPPED = "the emulator was stopped in the middle"


def killed_while(stack: Stack, running: RunningEmulator, logical_id: str, status: str) -> RunningEmulator:
    """Kill the emulator once a resource is in a status and that is on disk; returns the next emulator."""

    def event_saved() -> bool:
        events = stack.cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
        latest = next((each for each in events if each["LogicalResourceId"] == logical_id), None)
        if latest is None or latest["ResourceStatus"] != status:
            return False
        return latest["EventId"] in saved(running.state, "cloudformation")

    wait_for(event_saved, bool)
    os.kill(running.pid, signal.SIGKILL)
    return _next(running.state)


def _next(state: Path) -> RunningEmulator:
    from emulator.launcher import EmulatorError, attach

    def gone() -> bool:
        try:
            attach(state)
        except EmulatorError:
            return True
        return False

    wait_for(gone, bool)
    return start(state)


def test_an_interrupted_create(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    stack = Stack(clients_of(first)("cloudformation"), "created")
    stack.begin_create(**serving(echo_image, SECONDS_TO_START="30"))
    second = killed_while(stack, first, "Endpoint", "CREATE_IN_PROGRESS")

    assert any("stack created was CREATE_IN_PROGRESS" in sentence for sentence in second.interrupted)
    client = clients_of(second)
    stack = Stack(client("cloudformation"), "created")
    described = stack.describe()
    assert described["StackStatus"] == "ROLLBACK_COMPLETE"
    assert STOPPED in described["StackStatusReason"]
    assert any(STOPPED in reason for reason in stack.reasons())
    sagemaker = client("sagemaker")
    assert sagemaker.list_models()["Models"] == sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.create(**serving(echo_image)) == "CREATE_COMPLETE"


def test_an_interrupted_update(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    client = clients_of(first)
    stack = Stack(client("cloudformation"), "updated")
    extra = resource("SSM::Parameter", Name="/updated", Type="String", Value="old")
    assert stack.create(**serving(echo_image, MARK="old"), AParameter=extra) == "CREATE_COMPLETE"
    changed = resource("SSM::Parameter", Name="/updated", Type="String", Value="new")
    stack.begin_update(**serving(echo_image, MARK="new", SECONDS_TO_START="30"), AParameter=changed)
    second = killed_while(stack, first, "Endpoint", "UPDATE_IN_PROGRESS")

    client = clients_of(second)
    stack = Stack(client("cloudformation"), "updated")
    assert stack.describe()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("stack updated was UPDATE_IN_PROGRESS" in sentence for sentence in second.interrupted)
    assert client("ssm").get_parameter(Name="/updated")["Parameter"]["Value"] == "old"
    assert len(client("sagemaker").list_models()["Models"]) == 1
    endpoint = stack.physical("Endpoint").split("/")[1]
    assert _answer(client("sagemaker-runtime"), endpoint) == b'"old"'
    assert stack.update(**serving(echo_image, MARK="newer"), AParameter=changed) == "UPDATE_COMPLETE"
    assert _answer(client("sagemaker-runtime"), endpoint) == b'"newer"'


def _answer(runtime: Any, endpoint: str) -> bytes:
    body: bytes = runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1")["Body"].read()
    return body.rsplit(b": ", 1)[1].removesuffix(b"}")


def test_an_interrupted_delete(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    stack = Stack(clients_of(first)("cloudformation"), "deleted")
    # A custom resource whose function is slow to answer its Delete keeps the deletion going.
    assert stack.create(**_slow_to_delete()) == "CREATE_COMPLETE"
    stack.begin_delete()
    second = killed_while(stack, first, "Slow", "DELETE_IN_PROGRESS")

    stack = Stack(clients_of(second)("cloudformation"), "deleted")
    described = stack.describe()
    assert described["StackStatus"] == "DELETE_FAILED"
    assert "delete the stack again" in described["StackStatusReason"]
    assert any("stack deleted was DELETE_IN_PROGRESS" in sentence for sentence in second.interrupted)
    clients_of(second)("ssm").put_parameter(Name="/delete-quickly", Type="String", Value="yes")
    assert stack.delete() == "DELETE_COMPLETE"


_FUNCTION = """
import json, time, urllib.request, boto3
def handler(event, context):
    if event["RequestType"] == "Delete":
        names = boto3.client("ssm").describe_parameters()["Parameters"]
        if "/delete-quickly" not in [each["Name"] for each in names]:
            time.sleep(60)
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer.update(Status="SUCCESS", PhysicalResourceId="slow")
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT"))
"""


def _slow_to_delete() -> dict[str, Any]:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
    return {
        "Role": resource("IAM::Role", AssumeRolePolicyDocument=trust),
        "Function": resource(
            "Lambda::Function",
            Runtime="python3.12",
            Handler="index.handler",
            Timeout=120,
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Code={"ZipFile": _FUNCTION},
        ),
        "Slow": resource("CloudFormation::CustomResource", ServiceToken={"Fn::GetAtt": ["Function", "Arn"]}),
    }


def test_a_component_serves_after_a_restart(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    sagemaker = clients_of(first)("sagemaker")
    instances = {"VariantName": "shared", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    deploy(sagemaker, "shared", [instances], ExecutionRoleArn=ROLE)
    needs = {"MinMemoryRequiredInMb": 128}
    sagemaker.create_inference_component(
        InferenceComponentName="kept",
        EndpointName="shared",
        Specification={"Container": {"Image": echo_image}, "ComputeResourceRequirements": needs},
        RuntimeConfig={"CopyCount": 2},
    )
    wait_for(
        lambda: sagemaker.describe_inference_component(InferenceComponentName="kept")["InferenceComponentStatus"],
        lambda status: status == "InService",
    )
    first.stop()

    client = clients_of(start(own_state))
    described = client("sagemaker").describe_inference_component(InferenceComponentName="kept")
    assert described["RuntimeConfig"]["CurrentCopyCount"] == 2
    asked = {"EndpointName": "shared", "InferenceComponentName": "kept", "Body": b"awake"}
    assert b'"awake"' in client("sagemaker-runtime").invoke_endpoint(**asked)["Body"].read()
