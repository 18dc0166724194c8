"""Logs of endpoints: the RetainedLogs construct, deployed, and what containers write, delivered to its groups."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from emulator.launcher import start
from harness.aws_clients import ROLE, Clients, clients_of, wait_for
from harness.published_stack import deploy
from harness.serving_endpoints import INSTANCES, configure, deploy_model
from sagemaker_constructs.observability.retained_logs import RetainedLogs

MADE = "/aws/sagemaker/Endpoints/made-by-the-stack"
FOUND = "/aws/sagemaker/Endpoints/made-by-sagemaker"


def _add_logs(stack: cdk.Stack) -> None:
    RetainedLogs(stack, "Made", group=MADE, days=30)
    RetainedLogs(stack, "Found", group=FOUND, days=90)


def _groups(client: Clients) -> dict[str, int | None]:
    listed = client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Endpoints/made-by-")["logGroups"]
    return {group["logGroupName"]: group.get("retentionInDays") for group in listed}


def _written(client: Clients, group: str) -> dict[str, list[str]]:
    """Lines by stream."""
    logs = client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return {}
    streams = [each["logStreamName"] for each in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    return {
        stream: [
            event["message"] for event in logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
        ]
        for stream in streams
    }


@pytest.fixture
def group_of_sagemaker(client: Clients, sagemaker: Any, echo_image: str) -> Iterator[str]:
    """The group that an endpoint has made by writing its first line."""
    name = FOUND.rpartition("/")[2]
    deploy_model(sagemaker, name, PrimaryContainer={"Image": echo_image, "Environment": {"MARK": "echo"}})
    client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"say first")
    wait_for(lambda: _groups(client), lambda found: FOUND in found)
    yield FOUND
    sagemaker.delete_endpoint(EndpointName=name)


def test_groups_are_kept_for_so_long_whoever_makes_them(
    client: Clients, context: dict[str, Any], tmp_path: Path, group_of_sagemaker: str
) -> None:
    assert _groups(client) == {FOUND: None}

    stack = deploy(client, "endpoint-logs", _add_logs, context=context, outdir=tmp_path / "cdk.out")
    assert _groups(client) == {MADE: 30, FOUND: 90}

    client("sagemaker-runtime").invoke_endpoint(EndpointName="made-by-sagemaker", Body=b"say second")
    wait_for(
        lambda: _written(client, group_of_sagemaker),
        lambda streams: list(streams.values()) == [["echo first", "echo second"]],
    )

    assert stack.delete() == "DELETE_COMPLETE"
    assert _groups(client) == {MADE: 30, FOUND: 90}, "deleting the stack deletes no logs"


def test_every_container_has_a_stream(client: Clients, sagemaker: Any, echo_image: str) -> None:
    name = f"logged-{time.monotonic_ns()}"
    stages = [
        {"ContainerHostname": stage, "Image": echo_image, "Environment": {"MARK": stage}} for stage in ("one", "two")
    ]
    deploy_model(sagemaker, name, Containers=stages, InferenceExecutionConfig={"Mode": "Direct"})
    runtime = client("sagemaker-runtime")
    for stage in ("one", "two"):
        runtime.invoke_endpoint(EndpointName=name, TargetContainerHostname=stage, Body=b"say hello")
    wait_for(
        lambda: _written(client, f"/aws/sagemaker/Endpoints/{name}"),
        lambda streams: streams == {"main/this-machine/one": ["one hello"], "main/this-machine/two": ["two hello"]},
    )
    sagemaker.delete_endpoint(EndpointName=name)


def test_components_have_groups_of_their_own(client: Clients, sagemaker: Any, echo_image: str) -> None:
    name = f"shared-{time.monotonic_ns()}"
    configure(sagemaker, name, [{"VariantName": "main", **INSTANCES}], ExecutionRoleArn=ROLE)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_for(
        lambda: sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"], lambda status: status == "InService"
    )
    sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=name,
        VariantName="main",
        Specification={
            "Container": {"Image": echo_image, "Environment": {"MARK": "component"}},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
        },
        RuntimeConfig={"CopyCount": 1},
    )
    wait_for(
        lambda: sagemaker.describe_inference_component(InferenceComponentName=name)["InferenceComponentStatus"],
        lambda status: status == "InService",
    )
    client("sagemaker-runtime").invoke_endpoint(EndpointName=name, InferenceComponentName=name, Body=b"say hello")
    wait_for(
        lambda: _written(client, f"/aws/sagemaker/InferenceComponents/{name}"),
        lambda streams: streams == {"main/this-machine": ["component hello"]},
    )
    sagemaker.delete_inference_component(InferenceComponentName=name)


def test_a_restart_delivers_nothing_twice(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    name, group = "talks-on", "/aws/sagemaker/Endpoints/talks-on"

    def say(client: Clients, words: str) -> None:
        client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=f"say {words}".encode())
        wait_for(lambda: _written(client, group), lambda streams: words in str(streams))

    deploy_model(
        clients_of(first)("sagemaker"), name, PrimaryContainer={"Image": echo_image, "Environment": {"MARK": "echo"}}
    )
    say(clients_of(first), "first")
    first.stop()
    second = clients_of(start(own_state))
    say(second, "second")
    [lines] = _written(second, group).values()
    assert (lines.count("echo first"), lines[-1]) == (1, "echo second")
