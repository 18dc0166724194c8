"""Sessions and bodies that nobody would send: none is opened by accident, none is left behind."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.containers.container_processes import Serve, Server, Trained
from harness.containers.fuzzed_servers import examples, post, unharmed

NAMES = some.one_of(
    some.sampled_from(
        ["NEW_SESSION", "NEW_SESSION", "new_session", "NEW_SESSION ", "..", ".", "/", "turn", "0" * 32]
    ),
    some.text(some.sampled_from("0123456789abcdef"), min_size=32, max_size=32),
    some.text(some.characters(min_codepoint=33, max_codepoint=255), max_size=300),
)
WISHES = some.sampled_from(["NEW_SESSION", "CLOSE", "close", "", None, 1, ["CLOSE"], {"CLOSE": 1}])
BODIES = some.one_of(
    some.fixed_dictionaries({"requestType": WISHES}, optional={"x": some.integers()}).map(json.dumps).map(str.encode),
    some.sampled_from([b"requestType", b'{"requestType":', b'["requestType"]', b"1,2", b""]),
    some.binary(max_size=40),
)
MAXIMUM = 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, trained: Trained, store: Path) -> Generator[Server]:
    variables = {"SAGEMAKER_ENABLE_STATEFUL_SESSIONS": "true", "SAGEMAKER_SESSIONS_MAXIMUM": str(MAXIMUM)}
    with unharmed(start_server(trained.base, SAGEMAKER_SESSIONS_PATH=str(store), **variables)) as server:
        yield server


@given(name=NAMES, body=BODIES)
@examples(250)
def test_any_session_gets_a_clean_answer(fuzzed: Server, store: Path, name: str, body: bytes) -> None:
    before = set(store.glob("*/*/lock"))
    answered, said = post(
        fuzzed.port, "/invocations", body, Content_Type="text/csv", X_Amzn_SageMaker_Session_Id=name
    )
    assert answered in (200, 400, 404, 429), said
    opened = set(store.glob("*/*/lock")) - before
    assert not opened or (name.strip(), answered) == ("NEW_SESSION", 200)
    assert len(before | opened) <= MAXIMUM
    for lock in opened:
        post(fuzzed.port, "/invocations", b'{"requestType": "CLOSE"}', X_Amzn_SageMaker_Session_Id=lock.parent.name)
        assert not lock.exists()
