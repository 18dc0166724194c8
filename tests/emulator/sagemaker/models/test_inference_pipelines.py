"""Inference pipelines: containers one after the other, or each called by its name."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.aws_clients import Clients, refused
from harness.serving_endpoints import deploy_model

STAGES = ("prepare", "predict", "explain")

Pipelines = Callable[[str], str]


@pytest.fixture(scope="module")
def pipelines(client: Clients, echo_image: str) -> Iterator[Pipelines]:
    """Makes endpoints of three containers, by mode."""
    sagemaker, made = client("sagemaker"), list[str]()

    def make(mode: str) -> str:
        stages = [
            {"ContainerHostname": stage, "Image": echo_image, "Environment": {"MARK": stage, "TELLS_TYPE": "1"}}
            for stage in STAGES
        ]
        name = f"{mode.lower()}-{time.monotonic_ns()}"
        deploy_model(sagemaker, name, Containers=stages, InferenceExecutionConfig={"Mode": mode})
        made.append(name)
        return name

    yield make
    for name in made:
        sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture(scope="module")
def serial(pipelines: Pipelines) -> str:
    return pipelines("Serial")


@pytest.fixture
def runtime(client: Clients) -> Any:
    return client("sagemaker-runtime")


def test_each_gets_what_the_one_before_answered(sagemaker: Any, runtime: Any, serial: str, echo_image: str) -> None:
    answer = runtime.invoke_endpoint(EndpointName=serial, Body=b"1,2", ContentType="text/csv")
    last = json.loads(answer["Body"].read())
    middle = json.loads(last["body"])
    first = json.loads(middle["body"])
    assert [one["mark"] for one in (first, middle, last)] == list(STAGES)
    assert first["body"] == "1,2"
    assert [one["type"] for one in (first, middle, last)] == ["text/csv", "application/json", "application/json"]
    (variant,) = sagemaker.describe_endpoint(EndpointName=serial)["ProductionVariants"]
    assert [image["SpecifiedImage"] for image in variant["DeployedImages"]] == [echo_image] * 3


def test_the_first_error_ends_it(runtime: Any, serial: str) -> None:
    code, message = refused(runtime.invoke_endpoint, EndpointName=serial, Body=b"refuse")
    assert (code, 'from prepare with message "a teapot"' in message) == ("ModelError", True)


def test_direct_calls(runtime: Any, pipelines: Pipelines) -> None:
    name = pipelines("Direct")
    for stage in STAGES:
        answer = runtime.invoke_endpoint(EndpointName=name, TargetContainerHostname=stage, Body=b"1")
        said = json.loads(answer["Body"].read())
        assert (said["mark"], said["body"]) == (stage, "1")
    code, message = refused(runtime.invoke_endpoint, EndpointName=name, Body=b"1")
    assert (code, "requires a target container hostname" in message) == ("ValidationError", True)
    code, message = refused(runtime.invoke_endpoint, EndpointName=name, TargetContainerHostname="other", Body=b"1")
    assert (code, "Container other not found" in message) == ("ValidationError", True)


def test_a_serial_pipeline_has_no_target(runtime: Any, serial: str) -> None:
    code, message = refused(
        runtime.invoke_endpoint, EndpointName=serial, TargetContainerHostname="predict", Body=b"1"
    )
    assert (code, "does not support a target container hostname" in message) == ("ValidationError", True)
