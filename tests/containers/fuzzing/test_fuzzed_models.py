"""Models with names that nobody would choose: each is asked for by its name, and leaves nothing behind."""

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from harness.containers.container_processes import Answer, Serve, Server, Trained
from harness.containers.fuzzed_servers import examples, exchange, post, status, unharmed

NAMES = some.one_of(
    some.text(min_size=1, max_size=30).filter(lambda name: name.isprintable()),
    some.text(some.sampled_from("%2F/.aé \\?#&=+"), min_size=1, max_size=12),
    some.sampled_from(["invoke", "models", "x" * 1024, "x" * 1025, "é" * 1024]),
)
PATHS = some.text(some.sampled_from("/%2Ff0modelsinvokeping.\\~"), max_size=40).map("/models/{}".format)
WISHES = some.one_of(
    some.binary(max_size=60),
    some.dictionaries(
        some.sampled_from(["model_name", "url", "x"]), some.none() | some.integers() | some.text(max_size=9)
    ).map(lambda wish: json.dumps(wish).encode()),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, trained: Trained) -> str:
    folder = tmp_path_factory.mktemp("many") / "models" / "one"
    return str(shutil.copytree(trained.base / "model", folder))


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, url: str) -> Generator[Server]:
    with unharmed(start_server(Path(url).parents[1], SAGEMAKER_MULTI_MODEL="true")) as server:
        yield server
        assert json.loads(server.request("GET", "/models").body) == {"models": []}


@given(name=NAMES)
@example(name="a%41")
@example(name="%2F")
@examples(80)
def test_a_model_is_asked_for_by_its_name_or_refused(fuzzed: Server, url: str, name: str) -> None:
    def ask(method: str, suffix: str = "") -> Answer:
        return fuzzed.request(method, f"/models/{quote(name, safe='')}{suffix}", headers={"Content-Type": "text/csv"})

    loaded, said = post(fuzzed.port, "/models", json.dumps({"model_name": name, "url": url}).encode())
    if "/" in name or len(name) > 1024:
        assert (loaded, b"model_name must have at most 1024 characters and no '/'" in said) == (400, True)
        return
    assert loaded == 200, said
    assert json.loads(ask("GET").body) == {"modelName": name, "modelUrl": url}
    assert "the request holds no rows" in ask("POST", "/invoke").body
    assert ask("DELETE").status == 200
    assert ask("GET").status == 404


@given(path=PATHS, method=some.sampled_from(["GET", "POST", "DELETE", "HEAD"]))
@examples(80)
def test_any_path_gets_a_clean_answer(fuzzed: Server, path: str, method: str) -> None:
    lines = (f"{method} {path} HTTP/1.1", "Host: a", "Connection: close", "Content-Length: 0", "", "")
    answered = status(exchange(fuzzed.port, "\r\n".join(lines).encode()))
    assert answered is not None
    assert 200 <= answered < 500


@given(wish=WISHES)
@example(wish=b'{"model_name": "x", "url": "\\u0000"}')
@example(wish=json.dumps({"model_name": "x", "url": "x" * 9000}).encode())
@examples(60)
def test_any_wish_for_a_model_is_refused(fuzzed: Server, wish: bytes) -> None:
    answered, said = post(fuzzed.port, "/models", wish)
    assert answered == 400, said
