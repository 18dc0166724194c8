"""The streaming function as a real Node.js process, between a caller and a stand-in for the SageMaker runtime."""

import json
import os
import struct
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from harness.documents import PROJECT

Respond = Callable[[BaseHTTPRequestHandler], None]
SEPARATOR = b"\0" * 8
EVENT = {"headers": {"content-type": "text/csv; charset=utf-8"}, "body": "1,2", "isBase64Encoded": False}


@dataclass
class Runtime:
    """Answers as ``respond`` does, and keeps what it was asked."""

    address: str = ""
    respond: Respond | None = None
    asked: list[tuple[str, str | None, bytes]] = field(default_factory=list[tuple[str, str | None, bytes]])


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    known = Runtime()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.asked.append((self.path, self.headers["Content-Type"], body))
            assert known.respond is not None
            known.respond(self)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            del code, size

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


def _message(payload: bytes, **headers: str) -> bytes:
    """One message of the encoding ``application/vnd.amazon.eventstream``."""
    encoded = b"".join(
        bytes([len(name) + 1])
        + f":{name}".replace("_", "-").encode()
        + b"\7"
        + struct.pack("!H", len(value))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(encoded) + len(payload), len(encoded))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _part(payload: bytes) -> bytes:
    return _message(payload, message_type="event", event_type="PayloadPart", content_type="application/octet-stream")


def _begin(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/vnd.amazon.eventstream")
    request.send_header("X-Amzn-SageMaker-Content-Type", "text/event-stream")
    request.end_headers()


def _call(runtime: Runtime, event: dict[str, Any]) -> subprocess.Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        ["node", "tests/lambdas/stream_driver.mjs"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={
            **kept,
            "AWS_ENDPOINT_URL": runtime.address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "NODE_NO_WARNINGS": "1",
            "ENDPOINT_NAME": "churn",
            "CONTENT_TYPES": '["text/csv"]',
        },
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(event).encode())
    process.stdin.close()
    process.stdin = None
    return process


def _answer(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], bytes]:
    """What API Gateway would make of the rest of the stream: the prelude and the body."""
    written, _ = process.communicate(timeout=900)
    prelude, separator, body = written.partition(SEPARATOR)
    assert separator
    return json.loads(prelude), body


def test_each_part_goes_on_before_the_next_is_there(runtime: Runtime) -> None:
    """The second part is only sent once the first has come out at the other end."""
    seen = threading.Event()

    def respond(request: BaseHTTPRequestHandler) -> None:
        _begin(request)
        request.wfile.write(_part(b"first,"))
        assert seen.wait(300)
        request.wfile.write(_part(b"second"))

    runtime.respond = respond
    process = _call(runtime, EVENT)
    assert process.stdout is not None
    written = b""
    while not written.endswith(b"first,"):
        more = os.read(process.stdout.fileno(), 1024)
        assert more, process.communicate(timeout=10)
        written += more
    seen.set()
    rest, _ = process.communicate(timeout=900)
    prelude, _, body = (written + rest).partition(SEPARATOR)
    assert json.loads(prelude) == {"statusCode": 200, "headers": {"Content-Type": "text/event-stream"}}
    assert body == b"first,second"
    assert process.returncode == 0
    assert runtime.asked == [("/endpoints/churn/invocations-response-stream", "text/csv; charset=utf-8", b"1,2")]


def test_a_body_in_base64_reaches_the_model_as_bytes(runtime: Runtime) -> None:
    runtime.respond = _begin
    prelude, body = _answer(_call(runtime, {**EVENT, "body": "AQI=", "isBase64Encoded": True}))
    assert (prelude["statusCode"], body) == (200, b"")
    assert runtime.asked[0][2] == b"\1\2"


def test_a_content_type_that_is_not_named_never_reaches_the_model(runtime: Runtime) -> None:
    prelude, body = _answer(_call(runtime, {**EVENT, "headers": {"Content-Type": "text/html"}}))
    assert prelude == {"statusCode": 415, "headers": {"Content-Type": "application/json"}}
    assert json.loads(body) == {"message": "Content-Type must be text/csv, got: text/html"}
    assert runtime.asked == []


@pytest.mark.parametrize(
    ("status", "code", "answer", "message"),
    [
        (424, "ModelError", 424, "no rows"),
        (400, "ValidationError", 400, "too large"),
        (403, "AccessDeniedException", 400, "AccessDeniedException"),
        (500, "InternalFailure", 502, "The endpoint failed"),
    ],
)
def test_errors_keep_their_kind_and_are_not_tried_again(
    runtime: Runtime, status: int, code: str, answer: int, message: str
) -> None:
    def respond(request: BaseHTTPRequestHandler) -> None:
        said = "too large" if code == "ValidationError" else f"secret of {code}"
        body = json.dumps({"Message": said, "OriginalMessage": "no rows"}).encode()
        request.send_response(status)
        request.send_header("x-amzn-ErrorType", code)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    runtime.respond = respond
    prelude, body = _answer(_call(runtime, EVENT))
    assert prelude["statusCode"] == answer
    assert json.loads(body) == {"message": message}
    assert len(runtime.asked) == 1


def test_a_model_that_fails_midway_breaks_the_body_off(runtime: Runtime) -> None:
    def respond(request: BaseHTTPRequestHandler) -> None:
        _begin(request)
        request.wfile.write(_part(b"half"))
        failure = json.dumps({"Message": "out of memory", "ErrorCode": "ModelInvocationTimeExceeded"}).encode()
        request.wfile.write(
            _message(
                failure,
                message_type="exception",
                exception_type="ModelStreamError",
                content_type="application/json",
            )
        )

    runtime.respond = respond
    process = _call(runtime, EVENT)
    written, errors = process.communicate(timeout=900)
    assert b"half" in written
    assert b"out of memory" not in written
    assert (process.returncode, errors.decode().strip()) == (1, "unhandled: ModelStreamError")
