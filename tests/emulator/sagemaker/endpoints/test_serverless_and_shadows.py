"""Serverless variants refuse what is too much at a time; shadow variants see copies that nobody hears of."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import Clients, refused, wait_for
from harness.serving_endpoints import deploy, variant

BUCKET = "shadowed"
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
}


@pytest.fixture
def runtime(client: Clients) -> Any:
    return client("sagemaker-runtime")


@pytest.fixture
def serverless(sagemaker: Any, echo_image: str) -> Iterator[str]:
    name = f"serverless-{time.monotonic_ns()}"
    yield deploy(sagemaker, name, [variant(sagemaker, "main", echo_image, SERVERLESS)])
    sagemaker.delete_endpoint(EndpointName=name)


def test_serverless_answers_and_has_no_instances(sagemaker: Any, runtime: Any, serverless: str) -> None:
    answer = runtime.invoke_endpoint(EndpointName=serverless, Body=b"1")
    assert json.loads(answer["Body"].read())["body"] == "1"
    described = sagemaker.describe_endpoint(EndpointName=serverless)
    assert described["ProductionVariants"][0]["CurrentServerlessConfig"] == SERVERLESS["ServerlessConfig"]
    assert "CurrentInstanceCount" not in described["ProductionVariants"][0]


def test_more_than_its_concurrency_is_throttled(runtime: Any, serverless: str) -> None:
    outcomes: list[str] = []

    def invoke() -> None:
        try:
            runtime.invoke_endpoint(EndpointName=serverless, Body=b"sleep 3")
            outcomes.append("answered")
        except runtime.exceptions.ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    callers = [threading.Thread(target=invoke) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert outcomes == ["ThrottlingException", "answered"]
    assert runtime.invoke_endpoint(EndpointName=serverless, Body=b"1")["InvokedProductionVariant"] == "main"


def test_serverless_payload(runtime: Any, serverless: str) -> None:
    code, message = refused(runtime.invoke_endpoint, EndpointName=serverless, Body=b"1" * (4 * 1024 * 1024 + 1))
    assert (code, "exceeds the limit of 4194304 bytes" in message) == ("ValidationError", True)


def test_a_shadow_gets_copies(client: Clients, sagemaker: Any, runtime: Any, echo_image: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    name = deploy(
        sagemaker,
        f"shadowed-{time.monotonic_ns()}",
        [variant(sagemaker, "main", echo_image)],
        ShadowProductionVariants=[variant(sagemaker, "shadow", echo_image)],
        DataCaptureConfig=CAPTURE,
    )
    (shadow,) = sagemaker.describe_endpoint(EndpointName=name)["ShadowProductionVariants"]
    assert shadow["VariantName"] == "shadow"
    for _ in range(5):
        answer = runtime.invoke_endpoint(EndpointName=name, Body=b"1")
        assert answer["InvokedProductionVariant"] == "main"
        assert json.loads(answer["Body"].read())["mark"] == "main"

    def marks() -> list[str]:
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/shadow/").get("Contents", [])
        texts = [s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode() for one in listed]
        outputs = [json.loads(line)["captureData"]["endpointOutput"] for text in texts for line in text.splitlines()]
        return [json.loads(output["data"])["mark"] for output in outputs]

    assert wait_for(marks, lambda found: len(found) >= 5) == ["shadow"] * 5
    code, message = refused(runtime.invoke_endpoint, EndpointName=name, Body=b"1", TargetVariant="shadow")
    assert (code, "Variant shadow not found" in message) == ("ValidationError", True)
    sagemaker.delete_endpoint(EndpointName=name)
