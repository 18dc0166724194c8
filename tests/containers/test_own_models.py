"""The serving core with models that are not of this project: what its page promises, run."""

from collections.abc import Callable, Generator
from pathlib import Path
from socket import socket

import pytest

from emulator.images import ImageStore
from harness.container_processes import Server, start_process
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
