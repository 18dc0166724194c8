"""Answers to CloudFormation, received by a server of this machine in the place of the bucket that takes them."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest

from lambdas.common import custom_resource
from lambdas.common.custom_resource import answered
from lambdas.log_retention import handler as log_retention


class Receiver(HTTPServer):
    """Takes answers; the next ones get the statuses of ``refusals``, 0 for a connection that breaks off."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.refusals: list[int] = []
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.paths: list[str] = []
        self.tries = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/answer?Signature=x%2By"


class _Receiving(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        server = cast(Receiver, self.server)
        server.tries += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refusal = server.refusals.pop(0) if server.refusals else 200
        if refusal == 0:
            self.connection.close()
            return
        if refusal == 200:
            # Before the status, which lets the other side go on.
            server.paths.append(self.path)
            server.content_types.append(self.headers["Content-Type"])
            server.answers.append(json.loads(body))
        self.send_response(refusal)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        del format, args


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr(custom_resource.time, "sleep", waited.append)
    return waited


def _event(url: str, **more: Any) -> dict[str, Any]:
    return {
        "RequestType": "Create",
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/serving/1",
        "RequestId": "request-1",
        "LogicalResourceId": "Logs",
        "ResourceProperties": {"LogGroupName": "/aws/sagemaker/Endpoints/churn", "RetentionInDays": "30"},
        **more,
    }


IDENTITY = {
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/serving/1",
    "RequestId": "request-1",
    "LogicalResourceId": "Logs",
}


def _makes(event: Mapping[str, Any]) -> str:
    return f"made by {event['RequestType']}"


def _fails(event: Mapping[str, Any]) -> str:
    raise ValueError(f"no {event['RequestType']}: {'x' * 5000}")


def test_success_names_what_was_made(receiver: Receiver) -> None:
    answered(_event(receiver.url), lambda event: event["ResourceProperties"]["LogGroupName"])
    assert receiver.answers == [
        {"Status": "SUCCESS", "PhysicalResourceId": "/aws/sagemaker/Endpoints/churn", **IDENTITY}
    ]
    assert receiver.paths == ["/answer?Signature=x%2By"]
    # The URL was signed for a request without one.
    assert receiver.content_types == [""]


@pytest.mark.parametrize(("known", "id"), [({}, "request-1"), ({"PhysicalResourceId": "/aws/before"}, "/aws/before")])
def test_a_failure_is_an_answer_with_a_reason(receiver: Receiver, known: dict[str, Any], id: str) -> None:  # noqa: A002
    answered(_event(receiver.url, **known), _fails)
    [answer] = receiver.answers
    reason = answer.pop("Reason")
    assert answer == {"Status": "FAILED", "PhysicalResourceId": id, **IDENTITY}
    assert reason.startswith("ValueError: no Create: xxx")
    # An answer may have 4,096 bytes.
    assert len(json.dumps(answer)) + len(reason) < 4096


@pytest.mark.parametrize("refusal", [503, 500, 0])
@pytest.mark.parametrize("work", [_fails, _makes], ids=["failure", "success"])
def test_a_server_that_refuses_twice_is_asked_again(
    receiver: Receiver, pauses: list[float], refusal: int, work: Callable[[Mapping[str, Any]], str]
) -> None:
    receiver.refusals = [refusal, refusal]
    answered(_event(receiver.url), work)
    assert receiver.tries == 3
    assert len(receiver.answers) == 1
    assert pauses == [1, 2]


def test_the_work_is_done_once_however_often_the_answer_is_sent(receiver: Receiver) -> None:
    receiver.refusals = [503, 503]
    done: list[Mapping[str, Any]] = []

    def work(event: Mapping[str, Any]) -> str:
        done.append(event)
        return "made"

    answered(_event(receiver.url), work)
    assert len(done) == 1


def test_an_answer_that_nobody_takes_fails_the_function(receiver: Receiver, pauses: list[float]) -> None:
    receiver.refusals = [503] * 99
    with pytest.raises(OSError, match="503"):
        answered(_event(receiver.url), _makes)
    assert receiver.tries == 5
    assert pauses == [1, 2, 4, 8]


def test_nobody_there_fails_the_function() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        answered(_event(f"http://127.0.0.1:{port}/answer"), _makes)


class FakeLogs:
    """Stands in for the API of CloudWatch Logs."""

    services: list[str]
    calls: list[tuple[str, dict[str, Any]]]
    error: Exception | None = None

    def __init__(self, service: str) -> None:
        FakeLogs.services.append(service)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        FakeLogs.calls.append((operation, arguments))
        if FakeLogs.error:
            raise FakeLogs.error
        return {}

    def code_of(self, error: Exception) -> str | None:
        del error
        return None


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> type[FakeLogs]:
    FakeLogs.services, FakeLogs.calls, FakeLogs.error = [], [], None
    monkeypatch.setattr(log_retention, "AwsApi", FakeLogs)
    return FakeLogs


def test_the_physical_id_of_kept_logs_is_the_group(receiver: Receiver, logs: type[FakeLogs]) -> None:
    log_retention.handler(_event(receiver.url), None)
    group = "/aws/sagemaker/Endpoints/churn"
    assert receiver.answers == [{"Status": "SUCCESS", "PhysicalResourceId": group, **IDENTITY}]
    assert logs.services == ["logs"]
    assert logs.calls == [
        ("create_log_group", {"logGroupName": group}),
        ("put_retention_policy", {"logGroupName": group, "retentionInDays": 30}),
    ]


def test_what_cloudwatch_refuses_fails_the_deployment_with_its_words(
    receiver: Receiver, logs: type[FakeLogs]
) -> None:
    logs.error = RuntimeError("An error occurred (InvalidParameterException): 31 days")
    log_retention.handler(_event(receiver.url), None)
    [answer] = receiver.answers
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "RuntimeError: An error occurred (InvalidParameterException): 31 days"


@pytest.mark.parametrize("properties", [{}, {"LogGroupName": "x"}, {"LogGroupName": "x", "RetentionInDays": "some"}])
def test_properties_that_make_no_sense_are_answered_too(
    receiver: Receiver, logs: type[FakeLogs], properties: dict[str, str]
) -> None:
    log_retention.handler(_event(receiver.url, ResourceProperties=properties), None)
    assert [answer["Status"] for answer in receiver.answers] == ["FAILED"]


@pytest.mark.parametrize("properties", [{}, {"LogGroupName": "/aws/sagemaker/Endpoints/churn"}])
def test_a_deletion_always_succeeds_and_calls_nothing(
    receiver: Receiver, logs: type[FakeLogs], properties: dict[str, str]
) -> None:
    event = _event(receiver.url, RequestType="Delete", PhysicalResourceId="request-0", ResourceProperties=properties)
    log_retention.handler(event, None)
    assert [(each["Status"], each["PhysicalResourceId"]) for each in receiver.answers] == [("SUCCESS", "request-0")]
    assert logs.calls == []
