"""The serving core with models that are not of this project: what its page promises, run."""

import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from socket import socket

import pytest

from emulator.images import ImageStore, LocalImage
from harness.container_processes import Server, process_environment, start_process
from harness.documents import PROJECT, blocks
from harness.tabular_image import build_program

Run = Callable[[str], Server]


@pytest.fixture
def run(tmp_path: Path) -> Generator[Run]:
    """Serve with a program of the test's own in an image of its own."""
    started: list[Server] = []

    def start(program: str) -> Server:
        store = ImageStore(tmp_path / "store", environments=PROJECT / ".emulator" / "environments")
        build_program(store, tmp_path / "context", program, "own")
        image = store.find("own")
        assert image is not None
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        settings = {"SAGEMAKER_BIND_TO_PORT": port, "SERVING_BIND_HOST": "127.0.0.1", "MODEL_SERVER_WORKERS": "1"}
        server = start_process(image, tmp_path, tmp_path / "log.txt", settings)
        started.append(server)
        server.wait_until_ready()
        return server

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(40)


def test_the_page_s_example_serves(run: Run) -> None:
    [example] = blocks(PROJECT / "containers" / "serving" / "README.md", "python")
    server = run(example.body)
    assert server.invoke("2").body == "4.0\n"
    assert server.invoke("[[2], [3]]", "application/json").body == '{"predictions":[{"score":4.0},{"score":6.0}]}'


STREAMING = """
from collections.abc import Iterator
from serving.errors import RequestError
from serving.handler import Request, Response
from serving.server import run_server

class Words:
    inline_bytes = 0
    def answer(self, request):
        return Response(self.chunks(request.body), "text/plain", {"x-count": "2"})
    def chunks(self, body):
        if body == b"refuse":
            raise RequestError("not this one")
        for word in body.split():
            if word == b"fail":
                raise RuntimeError("secret detail")
            yield word + b"."
    def close(self):
        pass

raise SystemExit(run_server(lambda folder, settings: Words()))
"""


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


SCRIPTED = "from serving.__main__ import main; raise SystemExit(main(['serve']))"
SCRIPT = """
import numpy

SAMPLE_REQUEST = (b"1,2", "text/csv")

class Sum:
    def __init__(self, offset):
        self.offset = offset
    def predict(self, rows):
        return numpy.asarray(rows).sum(axis=1) + self.offset

def model_fn(model_dir):
    with open(model_dir + "/offset.txt") as file:
        return Sum(float(file.read()))
"""
FUNCTIONS = """
from serving.errors import RequestError

def model_fn(model_dir, context):
    return {}

def input_fn(body, content_type):
    if content_type == "text/teapot":
        raise RequestError("I am a teapot", 418)
    return [int(word) for word in body.split()]

def predict_fn(data, model, context):
    return sum(data)

def output_fn(prediction, accept):
    return f"<{prediction}>", "text/plain"
"""
TRANSFORM = """
def model_fn(model_dir):
    return "!"

def transform_fn(model, body, content_type, accept):
    return (word + model.encode() for word in body.split()), "text/plain"
"""


@pytest.fixture
def script(run: Run, tmp_path: Path) -> Run:
    """Serve a model whose artifact brings this script along."""

    def start(text: str) -> Server:
        code = tmp_path / "model" / "code"
        code.mkdir(parents=True)
        (code / "inference.py").write_text(text)
        (tmp_path / "model" / "offset.txt").write_text("0.5")
        return run(SCRIPTED)

    return start


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
        ("x = 1", "has no function model_fn"),
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
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert reason in done.stdout
