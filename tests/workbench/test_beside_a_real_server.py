"""The program that stops an idle instance, beside a Jupyter server that is used as people do."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.workbench.jupyter_server import Instance, Server, add_kernels
from harness.workbench.stories import AT_THE_FIFTH_LOOK, AT_THE_THIRD_LOOK, NEVER, Story


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("jupyter")
    add_kernels(folder)
    server = Server(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(_server: Server) -> Iterator[Server]:
    yield _server
    _server("leave")


@pytest.fixture
def instance(tmp_path: Path, _server: Server) -> Instance:
    return Instance(tmp_path, _server.runtime)


def _looks(instance: Instance, server: Server, story: Callable[[Server], Story], number: int) -> str:
    """Tell a story for as many looks, the last part of which lasts; what was said."""
    parts, said = story(server), ""
    for looks in range(number):
        assert not instance.stopped, f"before look {looks + 1}: {said}"
        next(parts, None)
        said += instance.look()
    return said


@pytest.mark.parametrize(
    ("story", "at"),
    [*((each, 3) for each in AT_THE_THIRD_LOOK), *((each, 5) for each in AT_THE_FIFTH_LOOK)],
    ids=lambda given: getattr(given, "__name__", str(given)),
)
def test_it_stops_when_it_should_and_not_before(
    server: Server, instance: Instance, story: Callable[[Server], Story], at: int
) -> None:
    said = _looks(instance, server, story, at)
    assert instance.stopped, said


@pytest.mark.parametrize("story", NEVER, ids=lambda story: story.__name__)
def test_it_never_stops_when_it_should_not(
    server: Server, instance: Instance, story: Callable[[Server], Story]
) -> None:
    said = _looks(instance, server, story, 4)
    assert not instance.stopped, said


def test_a_server_that_crashes_is_no_idleness_and_its_successor_is_found(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    instance = Instance(tmp_path, server.runtime)
    try:
        instance.look()
        server.kill()
        assert all("Jupyter does not answer" in instance.look() for _ in range(4))
        assert not instance.stopped
        server.start()
        assert "stops: idle" in [instance.look() for _ in range(3)][-1]
        assert instance.stopped
    finally:
        server.kill()


def test_a_server_that_hangs_is_no_idleness(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    instance = Instance(tmp_path, server.runtime)
    try:
        for _ in range(2):
            instance.look()
        [file] = server.runtime.glob("jpserver-*.json")
        os.kill(json.loads(file.read_text())["pid"], signal.SIGSTOP)
        assert "timed out" in instance.look()
        assert not instance.stopped
    finally:
        server.kill()
        shutil.rmtree(server.runtime)
