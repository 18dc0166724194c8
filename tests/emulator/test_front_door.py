"""The FrontDoor construct's own template, deployed, and called over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients, endpoint_config, model, settled, wait_for
from sagemaker_constructs.serving.front_door import FrontDoor
from sagemaker_constructs.serving.front_door_authorization import FrontDoorAuthorization
from sagemaker_constructs.serving.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.storage.encryption_key import EncryptionKey


def _template(context: dict[str, Any], outdir: Path, endpoint: str) -> str:
    app = cdk.App(context=context, outdir=str(outdir))
    stack = cdk.Stack(
        app, "Door", synthesizer=cdk.BootstraplessSynthesizer(), env=cdk.Environment(region="us-east-1")
    )
    FrontDoor(
        stack,
        "FrontDoor",
        endpoint=ImportedEndpoint(stack, "Endpoint", endpoint_name=endpoint),
        encryption_key=EncryptionKey(stack, "Key").key,
        authorization=FrontDoorAuthorization.api_key(requests_per_second=50, burst=50, requests_per_day=1000),
        request_schema=apigateway.JsonSchema(
            type=apigateway.JsonSchemaType.OBJECT,
            required=["instances"],
            properties={"instances": apigateway.JsonSchema(type=apigateway.JsonSchemaType.ARRAY)},
        ),
    )
    return json.dumps(app.synth().get_stack_by_name("Door").template)


@pytest.fixture(scope="module")
def door(
    emulator: RunningEmulator,
    client: Clients,
    sagemaker: Any,
    echo_image: str,
    context: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """URL and API key of a door in front of the echo endpoint."""
    endpoint_config(sagemaker, "door", model(sagemaker, "door", echo_image))
    sagemaker.create_endpoint(EndpointName="door", EndpointConfigName="door")
    assert settled(sagemaker, "door")["EndpointStatus"] == "InService"
    cloudformation = client("cloudformation")
    template = _template(context, tmp_path_factory.mktemp("door") / "cdk.out", "door")
    cloudformation.create_stack(StackName="front-door", TemplateBody=template)
    described = wait_for(
        lambda: cloudformation.describe_stacks(StackName="front-door")["Stacks"][0],
        lambda stack: not stack["StackStatus"].endswith("_IN_PROGRESS"),
    )
    assert described["StackStatus"] == "CREATE_COMPLETE", described
    gateway = client("apigateway")
    [api] = [each for each in gateway.get_rest_apis()["items"] if each["description"] == "Front door of door"]
    [key] = gateway.get_api_keys(includeValues=True)["items"]
    yield f"{emulator.address}/restapis/{api['id']}/v1/_user_request_/invocations", key["value"]
    cloudformation.delete_stack(StackName="front-door")


def _post(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=names, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_good_request_reaches_the_model(door: tuple[str, str]) -> None:
    url, key = door
    status, answer = _post(url, b'{"instances": [[1, 2]]}', Content_Type="application/json", x_api_key=key)
    assert (status, json.loads(answer["body"])) == (200, {"instances": [[1, 2]]})


@pytest.mark.parametrize("body", [b'{"rows": []}', b'{"instances": 3}', b"nonsense"])
def test_a_bad_request_is_rejected_before_the_model(door: tuple[str, str], body: bytes) -> None:
    url, key = door
    status, answer = _post(url, body, Content_Type="application/json", x_api_key=key)
    assert (status, answer["message"]) == (400, "Invalid request body")


def test_a_caller_without_a_key_stays_out(door: tuple[str, str]) -> None:
    url, _ = door
    status, answer = _post(url, b'{"instances": []}', Content_Type="application/json")
    assert (status, answer["message"]) == (403, "Forbidden")
