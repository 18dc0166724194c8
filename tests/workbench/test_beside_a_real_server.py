"""The program that stops an idle instance, beside a Jupyter server that is used as people do.

It looks every two minutes by the clock of its own state, with three minutes of idleness allowed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from sagemaker_constructs.workbench.scripts.stop_when_idle import PROGRAM

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = PROJECT / ".venv-jupyter" / "bin" / "python"
ARN = "arn:aws:sagemaker:eu-central-1:123456789012:notebook-instance/real-4f2a"
AWS = '#!/bin/bash\necho "$@" >> "$(dirname "$0")/asked"\n'
FOREVER = "import time\nwhile True: time.sleep(0.1)"
LATE = """\
import threading, time
def write():
    while True:
        print("still there", flush=True)
        time.sleep(0.1)
threading.Thread(target=write, daemon=True).start()
"""
SECONDS = 60.0


class Server:
    """A Jupyter server on 127.0.0.1, and somebody who uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = folder / "runtime"
        self._process: subprocess.Popen[bytes] | None = None
        self._user: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        """Start it, and wait until its file says where it is."""
        command = [PYTHON, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
        settings = [
            f"--ServerApp.root_dir={self.folder / 'home'}",
            "--KernelRestarter.restart_limit=1",
            "--KernelRestarter.time_to_dead=0.3",
            "--KernelRestarter.random_ports_until_alive=False",
        ]
        (self.folder / "home").mkdir(exist_ok=True)
        environment = {
            "PATH": f"{PYTHON.parent}:/usr/bin:/bin",
            "HOME": str(self.folder / "home"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_PATH": str(self.folder / "specs"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([*command, *settings, *options], env=environment, stdout=log, stderr=log)
        file = self.runtime / f"jpserver-{self._process.pid}.json"
        deadline = time.monotonic() + SECONDS
        while not file.exists() or not file.read_text().strip().endswith("}"):
            assert self._process.poll() is None, (self.folder / "server.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        told = json.loads(file.read_text())
        program = [PYTHON, Path(__file__).with_name("notebook_user.py"), told["url"], told["token"]]
        self._user = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, name: str, *given: str) -> str:
        """What the user answers."""
        assert self._user is not None
        assert self._user.stdin is not None
        assert self._user.stdout is not None
        self._user.stdin.write(json.dumps([name, *given]) + "\n")
        self._user.stdin.flush()
        told: Any = json.loads(self._user.stdout.readline())
        assert "failed" not in told, told
        return told["done"]

    def new_kernel(self) -> str:
        """A kernel that is ready."""
        kernel = self("start_kernel", "python3")
        self("run", kernel, "pass", "idle")
        self("wait_for", kernel, "idle")
        return kernel

    def kill(self) -> None:
        """End server and user, as a crash does."""
        for process in (self._user, self._process):
            if process:
                process.kill()
                process.wait()


class Instance:
    """Looks as the timer does."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self._folder, self._runtime = folder, runtime
        (folder / "bin").mkdir()
        aws = folder / "bin" / "aws"
        aws.write_text(AWS)
        aws.chmod(0o755)
        (folder / "metadata.json").write_text(json.dumps({"ResourceArn": ARN}))

    def look(self) -> str:
        state = self._folder / "state" / "state.json"
        if state.exists():
            before = json.loads(state.read_text())
            state.write_text(json.dumps({**before, **{name: before[name] - 120 for name in ("since", "at")}}))
        # Whatever else this machine does is not the instance's work: the guard against busy processors is off.
        arguments = ("--after-minutes", "3", "--busy-percent", "100000", "--server", "http://127.0.0.1:9")
        places = ("--state", state, "--runtime", self._runtime, "--metadata", self._folder / "metadata.json")
        path = {"PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}"}
        command = [sys.executable, "-I", PROGRAM, *arguments, *places]
        return subprocess.run(command, capture_output=True, text=True, env=path, check=False, timeout=900).stdout

    @property
    def stopped(self) -> bool:
        return (self._folder / "bin" / "asked").exists()


def add_kernels(folder: Path) -> None:
    """Kernels that hang in their start, or end in it, for a server that is started in the folder."""
    for name, command in {"hangs": ["sleep", "1000"], "dies": ["false"]}.items():
        spec = folder / "specs" / "kernels" / name
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": name, "language": "python"}))


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


Story = Generator[None, None, None]
"""What people do, with a look after each part."""


def nothing(at: Server) -> Story:
    del at
    yield


def an_idle_kernel(at: Server) -> Story:
    at.new_kernel()
    yield


def a_notebook_that_is_open(at: Server) -> Story:
    at("run", at("open_notebook", "one.ipynb"), "1 + 1", "idle")
    yield


def an_idle_terminal(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady", "ready")
    yield


def a_terminal_whose_program_is_silent(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady; sleep 1000", "ready")
    yield


def kernels_and_terminals(at: Server) -> Story:
    at.new_kernel()
    at.new_kernel()
    yield from an_idle_terminal(at)


def a_kernel_that_hangs_in_its_start(at: Server) -> Story:
    at("wait_for", at("start_kernel", "hangs"), "starting")
    yield


def a_kernel_that_cannot_start(at: Server) -> Story:
    at("wait_for", at("start_kernel", "dies"), "gone")
    yield


def a_page_that_is_closed(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    at("close_page", kernel)
    yield


def a_cell_that_was_interrupted(at: Server) -> Story:
    kernel = at.new_kernel()
    at("run", kernel, FOREVER, "busy")
    yield
    yield
    at("interrupt", kernel)
    at("wait_for", kernel, "idle")
    yield


def a_kernel_that_ended_meanwhile(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("end_kernel", kernel)
    yield


def a_kernel_that_started_meanwhile(at: Server) -> Story:
    yield
    yield
    at.new_kernel()
    yield


def a_cell_between_two_looks(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("run", kernel, "1 + 1", "idle")
    yield


def a_kernel_that_was_restarted(at: Server) -> Story:
    kernel = at.new_kernel()
    yield
    yield
    at("restart", kernel)
    at("run", kernel, "pass", "idle")
    yield


def a_line_typed_into_a_terminal(at: Server) -> Story:
    terminal = at("open_terminal")
    at("type", terminal, "echo re''ady", "ready")
    yield
    yield
    at("type", terminal, "echo ag''ain", "again")
    yield


def a_terminal_that_was_opened_meanwhile(at: Server) -> Story:
    yield
    yield
    yield from an_idle_terminal(at)


def a_terminal_that_was_closed_meanwhile(at: Server) -> Story:
    terminal = at("open_terminal")
    yield
    yield
    at("close_terminal", terminal)
    yield


AT_THE_THIRD_LOOK = (
    nothing,
    an_idle_kernel,
    a_notebook_that_is_open,
    an_idle_terminal,
    a_terminal_whose_program_is_silent,
    kernels_and_terminals,
    a_kernel_that_hangs_in_its_start,
    a_kernel_that_cannot_start,
    a_page_that_is_closed,
)
AT_THE_FIFTH_LOOK = (
    a_cell_that_was_interrupted,
    a_kernel_that_ended_meanwhile,
    a_kernel_that_started_meanwhile,
    a_cell_between_two_looks,
    a_kernel_that_was_restarted,
    a_line_typed_into_a_terminal,
    a_terminal_that_was_opened_meanwhile,
    a_terminal_that_was_closed_meanwhile,
)


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


def a_busy_kernel(at: Server) -> Story:
    at("run", at.new_kernel(), FOREVER, "busy")
    yield


def a_busy_kernel_beside_an_idle_one(at: Server) -> Story:
    at.new_kernel()
    yield from a_busy_kernel(at)


def a_busy_kernel_beside_an_idle_terminal(at: Server) -> Story:
    at("type", at("open_terminal"), "echo re''ady", "ready")
    yield from a_busy_kernel(at)


def a_busy_notebook(at: Server) -> Story:
    at("run", at("open_notebook", "two.ipynb"), FOREVER, "busy")
    yield


def a_cell_that_waits_for_an_answer(at: Server) -> Story:
    at("run", at.new_kernel(), "input('?')", "busy")
    yield


def one_of_two_busy_kernels_that_ends(at: Server) -> Story:
    other = at.new_kernel()
    at("run", other, FOREVER, "busy")
    at("run", at.new_kernel(), FOREVER, "busy")
    yield
    at("interrupt", other)
    at("wait_for", other, "idle")
    yield


def a_thread_that_writes_when_its_cell_has_ended(at: Server) -> Story:
    at("run", at.new_kernel(), LATE, "output")
    yield


def an_idle_kernel_beside_a_terminal_that_writes(at: Server) -> Story:
    at.new_kernel()
    at("type", at("open_terminal"), "while true; do echo wri''ting; sleep 0.1; done", "writing")
    yield


def a_kernel_that_is_used(at: Server) -> Story:
    kernel = at.new_kernel()
    while True:
        at("run", kernel, "1 + 1", "idle")
        yield


def a_kernel_that_is_restarted_and_used_again(at: Server) -> Story:
    kernel = at.new_kernel()
    while True:
        # A restart alone is no activity to Jupyter, once the kernel is there again.
        at("restart", kernel)
        at("run", kernel, "pass", "idle")
        yield


def kernels_that_come_and_go(at: Server) -> Story:
    while True:
        kernel = at("start_kernel", "python3")
        yield
        at("end_kernel", kernel)
        yield


NEVER = (
    a_busy_kernel,
    a_busy_kernel_beside_an_idle_one,
    a_busy_kernel_beside_an_idle_terminal,
    a_busy_notebook,
    a_cell_that_waits_for_an_answer,
    one_of_two_busy_kernels_that_ends,
    a_thread_that_writes_when_its_cell_has_ended,
    an_idle_kernel_beside_a_terminal_that_writes,
    a_kernel_that_is_used,
    a_kernel_that_is_restarted_and_used_again,
    kernels_that_come_and_go,
)


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
