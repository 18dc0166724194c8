"""The serving core with models that are not of this project: what its page promises, run."""

import json
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Server, Trained, process_environment
from harness.containers.own_servers import OwnServers, own_servers
from harness.containers.programs import program
from harness.documents import PROJECT, blocks

Run = Callable[[str], Server]


@pytest.fixture
def servers(tmp_path: Path) -> Generator[OwnServers]:
    with own_servers(tmp_path) as started:
        yield started


@pytest.fixture
def run(servers: OwnServers) -> Run:
    """Serve with a program of the test's own in an image of its own."""
    return servers.of_program


def test_the_page_s_example_serves(run: Run) -> None:
    [example] = blocks(PROJECT / "containers" / "serving" / "README.md", "python")
    server = run(example.body)
    assert server.invoke("2").body == "4.0\n"
    assert server.invoke("[[2], [3]]", "application/json").body == '{"predictions":[{"score":4.0},{"score":6.0}]}'


STREAMING = program("words/__main__.py")


def test_chunks_are_streamed(run: Run) -> None:
    server = run(STREAMING)
    answer = server.invoke("one two")
    assert (answer.status, answer.body, answer.headers["transfer-encoding"]) == (200, "one.two.", "chunked")
    assert (answer.headers["content-type"], answer.headers["x-count"]) == ("text/plain", "2")
    assert (server.invoke("").status, server.invoke("").body) == (200, "")
    refused = server.invoke("refuse")
    assert (refused.status, refused.body) == (400, "not this one\n")
    failed = server.invoke("fail")
    assert (failed.status, "secret" in failed.body) == (500, False)
    assert "secret detail" in server.log
    # The status is sent with the first chunk: what fails afterwards ends the answer, and is in the log.
    assert server.invoke("one fail").body == "one."
    assert "failed while it streamed" in server.log
    assert server.invoke("three").body == "three."


SCRIPT = program("sum/inference.py")
FUNCTIONS = program("functions/inference.py")
TRANSFORM = program("exclaim/inference.py")


@pytest.fixture
def script(servers: OwnServers, tmp_path: Path) -> Run:
    """Serve a model whose artifact brings this script along."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "offset.txt").write_text("0.5")
    return servers.of_script


def test_a_script_needs_no_more_than_model_fn(script: Run) -> None:
    server = script(SCRIPT)
    assert server.invoke("1,2\n3,4\n", accept="application/json").body == "[3.5,7.5]"
    assert server.invoke("1,2\n3,4\n", accept="text/csv").body == "3.5\n7.5\n"
    assert server.invoke('{"instances": [[1, 2]]}', "application/json").body == "[3.5]"
    assert (
        server.invoke("[1, 2]\n[3, 4]", "application/jsonlines", accept="application/jsonlines").body
        == "[3.5]\n[7.5]\n"
    )
    for body, content_type, status in (("a,b", "text/csv", 400), ("{", "application/json", 400), ("1", "x/y", 415)):
        assert server.invoke(body, content_type).status == status
    assert server.invoke("[1, 2]", "application/json").status == 500


def test_a_script_s_own_functions_are_used(script: Run) -> None:
    server = script(FUNCTIONS)
    answer = server.invoke("1 2 3", "text/plain")
    assert (answer.body, answer.headers["content-type"]) == ("<6>", "text/plain")
    attributed = server.invoke("1", "text/plain", X_Amzn_SageMaker_Custom_Attributes="a=1")
    assert attributed.body == "<1>a=1"
    bad = server.invoke("one", "text/plain")
    assert (bad.status, bad.body) == (400, "invalid literal for int() with base 10: b'one'\n")
    teapot = server.invoke("1", "text/teapot")
    assert (teapot.status, teapot.body) == (418, "I am a teapot\n")


def test_a_script_may_answer_in_one_function_and_in_chunks(script: Run) -> None:
    answer = script(TRANSFORM).invoke("a b", "text/plain")
    assert (answer.body, answer.headers["transfer-encoding"]) == ("a!b!", "chunked")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "there is no script"),
        ("import nowhere", "inference.py cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("x = 1", "without model.txt the script needs a function model_fn(model_dir)"),
        ("def model_fn(folder): raise OSError('no weights')", "model_fn failed: OSError: no weights"),
        (SCRIPT.replace('b"1,2"', 'b"a,b"'), "SAMPLE_REQUEST failed: RequestError: row 1, column 1: 'a'"),
    ],
)
def test_a_script_that_cannot_serve_does_not_start(
    image: LocalImage, tmp_path: Path, text: str | None, reason: str
) -> None:
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "offset.txt").write_text("0.5")
    if text is not None:
        (tmp_path / "model" / "code" / "inference.py").write_text(text)
    done = subprocess.run(
        [image.python, "-m", "serving", "serve"],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 1
    assert reason in done.stdout


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.pth"])
def test_a_pickle_is_refused_with_what_to_use_instead(image: LocalImage, tmp_path: Path, name: str) -> None:
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "code" / "inference.py").write_text("")
    (tmp_path / "model" / name).write_bytes(b"cposix\nsystem\n(S'touch ran'\ntR.")
    done = subprocess.run(
        [image.python, "-m", "serving", "serve"],
        env=process_environment(image, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 1
    assert f"{name} is a pickle, which runs code as it is loaded: store the model as text of LightGBM" in done.stdout
    assert not (tmp_path / "ran").exists()


def test_a_lightgbm_model_needs_no_model_fn(
    servers: OwnServers, tmp_path: Path, trained: Trained, server: Server, held_out: list[tuple[str, str]]
) -> None:
    shutil.copytree(trained.base / "model", tmp_path / "model")
    row = held_out[0][1]
    [score] = json.loads(servers.of_script("").invoke(row, accept="application/json").body)
    assert score == json.loads(server.invoke(row, accept="application/json").body)["predictions"][0]["score"]


LOGGING = program("talkative/inference.py")


def test_what_a_script_logs_is_a_line_of_json_with_its_exception(script: Run) -> None:
    server = script(LOGGING)
    failed = server.request("POST", "/invocations", "x", {"X-Amzn-RequestId": "r-1"})
    assert (failed.status, "secret" in failed.body) == (500, False)
    lines = [json.loads(line) for line in server.log.splitlines()]
    by_message = {line["message"]: line for line in lines}
    assert by_message["loaded weights"] == by_message["loaded weights"] | {"level": "info", "logger": "churn"}
    assert "KeyError: 'missing'" in by_message["went on"]["traceback"]
    failure = by_message["the model failed"]
    assert (failure["request_id"], failure["path"]) == ("r-1", "/invocations")
    assert "RuntimeError: secret detail" in failure["traceback"]
