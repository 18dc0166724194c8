"""Response streams: chunks as the container writes them, and a break in the middle told as such."""

import importlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import Clients, metric_sum, refused, wait_for
from harness.serving_endpoints import deploy, variant


@pytest.fixture
def endpoint(client: Clients, echo_image: str) -> Iterator[str]:
    sagemaker = client("sagemaker")
    name = deploy(sagemaker, f"streams-{time.monotonic_ns()}", [variant(sagemaker, "main", echo_image)])
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def runtime(client: Clients) -> Any:
    return client("sagemaker-runtime")


def parts(answer: Any) -> Iterator[bytes]:
    return (part["PayloadPart"]["Bytes"] for part in answer["Body"])


def test_chunks_come_one_by_one(client: Clients, runtime: Any, endpoint: str) -> None:
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"hold 4")
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/plain", "main")
    stream = parts(answer)
    assert next(stream) == b"000", "the container writes no more before it is released"
    runtime.invoke_endpoint(EndpointName=endpoint, Body=b"release")
    assert list(stream) == [b"001", b"002", b"003"]
    dimensions = {"EndpointName": endpoint, "VariantName": "main"}
    wait_for(lambda: metric_sum(client, "AWS/SageMaker", "Invocations", dimensions), lambda count: count == 2)


def test_a_break_in_the_middle(runtime: Any, endpoint: str) -> None:
    stream = parts(runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"break 2"))
    assert [next(stream), next(stream)] == [b"000", b"001"]
    errors = importlib.import_module("botocore.exceptions")
    with pytest.raises(errors.EventStreamError, match=r"ModelStreamError.*ended during the request"):
        next(stream)
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"stream 1")
    assert list(parts(answer)) == [b"000"]


def test_an_error_before_the_first_chunk(runtime: Any, endpoint: str) -> None:
    code, message = refused(runtime.invoke_endpoint_with_response_stream, EndpointName=endpoint, Body=b"refuse")
    assert (code, "a teapot" in message) == ("ModelError", True)


def test_an_answer_in_one_piece(runtime: Any, endpoint: str) -> None:
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"1")
    assert b'"body": "1"' in b"".join(parts(answer))
    assert answer["ContentType"] == "application/json"
