"""Requests that nobody would write, over real connections: 2xx, 4xx or a clean close, never a dead worker."""

import json
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from harness.container_processes import Serve, Server, Trained

NUMBERS = some.one_of(
    some.floats().map(repr),
    some.integers(-(10**400), 10**400).map(str),
    some.sampled_from(["", " ", "nan", "inf", "1e999", "-0", "0x1F", "1_000", "\u0661", "é"]),
    some.sampled_from(["true", "null", '"1"', "["]),
)
CSV = some.lists(some.lists(NUMBERS, max_size=31).map(",".join), max_size=4).map("\n".join).map(str.encode)
DOCUMENTS = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=31) | some.dictionaries(some.sampled_from(["instances", "x"]), inner),
    max_leaves=40,
).map(lambda document: json.dumps(document).encode())
DEEP = some.integers(1, 3000).map(lambda depth: b"[" * depth + b"]" * depth)
BODIES = some.one_of(CSV, DOCUMENTS, DEEP, some.binary(max_size=200))
HEADERS = some.dictionaries(
    some.sampled_from(["Accept", "X-Amzn-SageMaker-Custom-Attributes", "Expect", "Content-Encoding", "Range"]),
    some.text(some.characters(min_codepoint=33, max_codepoint=126), max_size=30),
    max_size=3,
)
TYPES = some.one_of(
    some.sampled_from(
        ["text/csv", "application/json", "application/jsonlines", "application/x-npy", "text/csv;x", ";", ","]
    ),
    some.text(some.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, trained: Trained) -> Generator[Server]:
    """A server that nobody else asks, whose worker has to outlive all requests."""
    server = start_server(trained.base)
    before = workers(server)
    yield server
    assert workers(server) == before
    assert "Traceback" not in server.log


def workers(server: Server) -> list[str]:
    return Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()


def exchange(port: int, request: bytes) -> bytes:
    """Send bytes, say that there are no more, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def status(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


@given(
    body=BODIES,
    content_type=TYPES,
    headers=HEADERS,
    path=some.sampled_from(["/invocations"] * 8 + ["/ping", "/", "//", "/models", "/metrics", "/invocations/x"]),
    method=some.sampled_from(["POST"] * 6 + ["GET", "PUT", "HEAD", "X"]),
    length=some.sampled_from(["right"] * 6 + ["short", "long", "none", "word"]),
    cut=some.booleans(),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_request_gets_a_clean_answer(
    fuzzed: Server,
    body: bytes,
    content_type: str,
    headers: dict[str, str],
    path: str,
    method: str,
    length: str,
    cut: bool,
) -> None:
    lengths = {"right": len(body), "short": len(body) // 2, "long": len(body) + 50, "word": "many"}
    lines = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length in lengths:
        lines.append(f"Content-Length: {lengths[length]}")
    request = "\r\n".join([*lines, "", ""]).encode() + body
    answered = status(exchange(fuzzed.port, request[: len(request) // 2] if cut else request))
    assert answered is None or 200 <= answered < 500
