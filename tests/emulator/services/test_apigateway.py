"""The FrontDoor construct's own template, deployed, and called over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway

from harness.aws_clients import Clients, endpoint_config, model, settled
from harness.published_stack import deploy
from sagemaker_constructs.serving.endpoints.imported_endpoint import ImportedEndpoint
from sagemaker_constructs.serving.front_door.front_door import FrontDoor
from sagemaker_constructs.serving.front_door.front_door_authorization import FrontDoorAuthorization
from sagemaker_constructs.storage.encryption_key import EncryptionKey

ORIGIN = "https://app.example.com"


def _add_door(stack: cdk.Stack, name: str, **options: Any) -> None:
    door = FrontDoor(
        stack,
        name,
        endpoint=ImportedEndpoint(stack, f"{name}Endpoint", endpoint_name="door"),
        encryption_key=EncryptionKey(stack, f"{name}Key"),
        authorization=FrontDoorAuthorization.api_key(requests_per_second=50, burst=50, requests_per_day=1000),
        **options,
    )
    cdk.CfnOutput(stack, f"{name}Api", value=door.url)


def _add_doors(stack: cdk.Stack) -> None:
    schema = apigateway.JsonSchema(
        type=apigateway.JsonSchemaType.OBJECT,
        required=["instances"],
        properties={"instances": apigateway.JsonSchema(type=apigateway.JsonSchemaType.ARRAY)},
    )
    _add_door(stack, "Whole", request_schema=schema, allow_origins=[ORIGIN])
    _add_door(
        stack,
        "Streaming",
        streaming=True,
        content_types=["text/plain"],
        account_role=False,
        allow_origins=[ORIGIN, "https://other.example.com"],
    )


@pytest.fixture(scope="module")
def doors(
    client: Clients,
    sagemaker: Any,
    echo_image: str,
    context: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, tuple[str, str]]]:
    """URL and API key of two doors in front of the echo endpoint, by their outputs."""
    endpoint_config(sagemaker, "door", model(sagemaker, "door", echo_image))
    sagemaker.create_endpoint(EndpointName="door", EndpointConfigName="door")
    assert settled(sagemaker, "door")["EndpointStatus"] == "InService"
    outdir = tmp_path_factory.mktemp("door") / "cdk.out"
    stack = deploy(client, "front-doors", _add_doors, context=context, outdir=outdir)
    gateway = client("apigateway")
    urls = {output["OutputKey"]: output["OutputValue"] for output in stack.describe()["Outputs"]}
    found: dict[str, tuple[str, str]] = {}
    for plan in gateway.get_usage_plans()["items"]:
        [stage] = plan["apiStages"]
        [key] = gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
        value = gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"]
        for name in ("WholeApi", "StreamingApi"):
            if f"/{stage['apiId']}/" in urls[name]:
                found[name] = (urls[name], value)
    yield found
    stack.begin_delete()


@pytest.fixture
def door(doors: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The one that answers at once."""
    return doors["WholeApi"]


@pytest.fixture
def streaming_door(doors: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The one that hands parts on."""
    return doors["StreamingApi"]


def _post(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=names, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=900) as answer:
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


def _allowed_origin(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> str | None:
    asked = urllib.request.Request(url, data=body, headers={**headers, "Origin": ORIGIN}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=900) as answer:
            return answer.headers["Access-Control-Allow-Origin"]
    except urllib.error.HTTPError as error:
        return error.headers["Access-Control-Allow-Origin"]


@pytest.mark.parametrize(
    ("name", "content_type", "bodies", "answered"),
    [
        ("WholeApi", "application/json", [b'{"instances": [1]}', b'{"instances": 3}'], ORIGIN),
        ("StreamingApi", "text/plain", [b"stream 3", b"refuse"], "*"),
    ],
)
def test_a_browser_may_read_what_is_answered(
    doors: dict[str, tuple[str, str]], name: str, content_type: str, bodies: list[bytes], answered: str
) -> None:
    url, key = doors[name]
    headers = {"Content-Type": content_type}
    for body in bodies:
        assert _allowed_origin(url, body, {**headers, "x-api-key": key}) == answered
    assert _allowed_origin(url, bodies[0], headers) == answered
    assert _allowed_origin(url, b"", {"Access-Control-Request-Method": "POST"}, "OPTIONS") == ORIGIN


@pytest.mark.parametrize("key", ["aws:SourceAccount", "aws:SourceArn"])
def test_a_role_that_asks_for_what_is_not_sent_cannot_be_assumed(
    door: tuple[str, str], client: Clients, key: str
) -> None:
    gateway, iam, (url, api_key) = client("apigateway"), client("iam"), door
    api = url.split("/execute-api/")[1].split("/")[0]
    [resource] = [each for each in gateway.get_resources(restApiId=api)["items"] if each["path"] == "/invocations"]
    credentials = gateway.get_integration(restApiId=api, resourceId=resource["id"], httpMethod="POST")["credentials"]
    role = credentials.rpartition("/")[2]
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    [statement] = trust["Statement"]
    asking = {**trust, "Statement": [{**statement, "Condition": {"StringEquals": {key: "123456789012"}}}]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(asking))
    body = b'{"instances": [1]}'
    try:
        status, answer = _post(url, body, Content_Type="application/json", x_api_key=api_key)
        assert (status, answer["message"]) == (500, "Internal server error")
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    assert _post(url, body, Content_Type="application/json", x_api_key=api_key)[0] == 200


def test_a_streaming_door_takes_six_megabytes(streaming_door: tuple[str, str]) -> None:
    url, key = streaming_door
    status, answer = _post(url, b"x" * (6 * 1024 * 1024 + 1), Content_Type="text/plain", x_api_key=key)
    assert (status, answer["message"]) == (413, "Request Too Long")


def _read(url: str, body: bytes, key: str) -> tuple[int, str, bytes]:
    headers = {"Content-Type": "text/plain", "x-api-key": key}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=900) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read()


def test_a_streaming_door_hands_every_part_on(streaming_door: tuple[str, str]) -> None:
    url, key = streaming_door
    assert _read(url, b"stream 3", key) == (200, "text/plain", b"000001002")


def test_a_streaming_door_tells_what_the_model_refused(streaming_door: tuple[str, str]) -> None:
    url, key = streaming_door
    status, answer = _post(url, b"refuse", Content_Type="text/plain", x_api_key=key)
    assert (status, "a teapot" in answer["message"]) == (424, True)


def test_a_streaming_door_takes_its_content_types_only(streaming_door: tuple[str, str]) -> None:
    url, key = streaming_door
    status, _ = _post(url, b"{}", Content_Type="application/json", x_api_key=key)
    assert status == 415


def test_a_streaming_door_keeps_callers_without_a_key_out(streaming_door: tuple[str, str]) -> None:
    url, _ = streaming_door
    status, answer = _post(url, b"stream 3", Content_Type="text/plain")
    assert (status, answer["message"]) == (403, "Forbidden")
