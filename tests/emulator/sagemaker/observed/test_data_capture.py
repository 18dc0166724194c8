"""Data capture: what goes through an endpoint lies in S3 a moment later."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.aws_clients import Clients, wait_for
from harness.serving_endpoints import deploy, variant

BUCKET = "captured"
TYPES = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


@pytest.fixture(scope="module")
def s3(client: Clients) -> Any:
    made = client("s3")
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture
def written(s3: Any) -> Callable[[str], list[Any]]:
    """Gives the lines that were captured below the prefix of an endpoint's name."""

    def lines(name: str) -> list[Any]:
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/").get("Contents", [])
        path = rf"{name}/{name}/main/\d{{4}}/\d\d/\d\d/\d\d/[^/]+\.jsonl"
        assert all(re.fullmatch(path, one["Key"]) for one in listed)
        texts = [s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode() for one in listed]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    return lines


@pytest.fixture
def captured(
    client: Clients, sagemaker: Any, echo_image: str, written: Callable[[str], list[Any]]
) -> Iterator[Callable[..., list[Any]]]:
    """Deploys an endpoint that captures, sends bodies to it and gives what was written after so many."""
    runtime = client("sagemaker-runtime")
    deployed: list[str] = []

    def run(
        name: str, bodies: list[bytes], expected: int, content_type: str = "text/csv", **settings: Any
    ) -> list[Any]:
        capture = {
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/{name}",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": TYPES,
            **settings,
        }
        deployed.append(deploy(sagemaker, name, [variant(sagemaker, "main", echo_image)], DataCaptureConfig=capture))
        for body in bodies:
            runtime.invoke_endpoint(
                EndpointName=name,
                Body=body,
                ContentType=content_type,
                CustomAttributes="trace=1",
                InferenceId=body.decode(),
            )
        return wait_for(lambda: written(name), lambda found: len(found) >= expected)

    yield run
    for name in deployed:
        sagemaker.delete_endpoint(EndpointName=name)


def test_input_and_output_as_csv_and_json(captured: Callable[..., list[Any]]) -> None:
    lines = captured("both", [b"1,2", b"3,4"], 2, "text/csv; charset=utf-8")
    assert [line["captureData"]["endpointInput"] for line in lines] == [
        {"observedContentType": "text/csv; charset=utf-8", "mode": "INPUT", "data": data, "encoding": "CSV"}
        for data in ("1,2", "3,4")
    ]
    output = lines[0]["captureData"]["endpointOutput"]
    assert (output["mode"], output["encoding"], json.loads(output["data"])["body"]) == ("OUTPUT", "JSON", "1,2")
    metadata = lines[0]["eventMetadata"]
    assert (metadata["customAttributes"], metadata["inferenceId"]) == (["trace=1"], "1,2")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["inferenceTime"])
    assert len({line["eventMetadata"]["eventId"] for line in lines}) == 2
    assert {line["eventVersion"] for line in lines} == {"0"}


@pytest.mark.parametrize(
    ("mode", "parts"), [("Input", {"endpointInput"}), ("InputAndOutput", {"endpointInput", "endpointOutput"})]
)
def test_capture_options(captured: Callable[..., list[Any]], mode: str, parts: set[str]) -> None:
    (line,) = captured(f"only-{mode.lower()}", [b"1"], 1, CaptureOptions=[{"CaptureMode": mode}])
    assert set(line["captureData"]) == parts


def test_other_content_types_are_encoded(captured: Callable[..., list[Any]]) -> None:
    (line,) = captured("binary", [b"1,2"], 1, "application/x-other")
    part = line["captureData"]["endpointInput"]
    assert (part["encoding"], base64.b64decode(part["data"])) == ("BASE64", b"1,2")


def test_sampling_takes_a_part(captured: Callable[..., list[Any]], written: Callable[[str], list[Any]]) -> None:
    captured("sampled", [str(number).encode() for number in range(60)], 1, InitialSamplingPercentage=50)
    captured("after-the-sampled", [b"1"], 1)
    assert 10 < len(written("sampled")) < 50


def test_capture_that_is_switched_off(
    captured: Callable[..., list[Any]], written: Callable[[str], list[Any]]
) -> None:
    captured("off", [b"1"], 0, EnableCapture=False)
    captured("after-the-one-that-is-off", [b"1"], 1)
    assert written("off") == []
