"""Requests that nobody would write, over real connections: 2xx, 4xx or a clean close, never a dead worker."""

import json
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.containers.container_processes import Serve, Server, Trained
from harness.containers.fuzzed_servers import examples, exchange, status, unharmed

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
    some.text(some.characters(min_codepoint=33, max_codepoint=255), max_size=30),
    max_size=3,
)
TYPES = some.one_of(
    some.sampled_from(
        ["text/csv", "application/json", "application/jsonlines", "application/x-npy", "text/csv;x", ";", ","]
    ),
    some.text(some.characters(min_codepoint=33, max_codepoint=255), max_size=20),
)


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, trained: Trained) -> Generator[Server]:
    with unharmed(start_server(trained.base)) as server:
        yield server


@given(
    body=BODIES,
    content_type=TYPES,
    headers=HEADERS,
    path=some.sampled_from(["/invocations"] * 8 + ["/ping", "/", "//", "/models", "/metrics", "/invocations/x"]),
    method=some.sampled_from(["POST"] * 6 + ["GET", "PUT", "HEAD", "X"]),
    length=some.sampled_from(["right"] * 6 + ["short", "long", "none", "word"]),
    cut=some.booleans(),
)
@examples(400)
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
    request = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    whole = not cut and length != "long"
    answered = status(exchange(fuzzed.port, request if not cut else request[: len(request) // 2], whole=whole))
    assert answered is not None or not whole
    assert answered is None or 200 <= answered < 500
