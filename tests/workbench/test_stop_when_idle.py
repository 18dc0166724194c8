"""The program that stops an idle instance, as the process that it is, against a server that answers as Jupyter does.

It is run as its timer does, every two minutes by the clock of its own state, with three minutes of idleness allowed.
On its path is an ``aws`` that writes down what it is asked for.
"""

import ast
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sagemaker_constructs.workbench.scripts.stop_when_idle import PROGRAM

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:notebook-instance/churn-4f2a"
ASKED = "sagemaker stop-notebook-instance --notebook-instance-name churn-4f2a --region eu-central-1"
LONG_AGO = "2026-11-02T09:00:00.123456Z"
AWS = """\
#!/bin/bash
cd "$(dirname "$0")"
echo "$@" >> asked
exit "$(cat status 2> /dev/null || echo 0)"
"""

Seen = Mapping[str, Any]


def kernel(state: str = "idle", last: str = LONG_AGO, name: str = "one") -> Seen:
    return {"id": name, "name": f"conda_{name}", "execution_state": state, "last_activity": last, "connections": 0}


def terminal(last: str = LONG_AGO, name: str = "1") -> Seen:
    return {"name": name, "last_activity": last}


def seen(*kernels: Seen, terminals: Sequence[Seen] = ()) -> Seen:
    """What Jupyter answers."""
    return {"api/kernels": [*kernels], "api/terminals": [*terminals]}


@dataclass
class Jupyter:
    """A server on 127.0.0.1: ``answers`` by path, or an exception's status; ``token`` is what it wants."""

    answers: dict[str, Any] = field(default_factory=lambda: dict(seen()))
    token: str = ""
    asked: list[str] = field(default_factory=list[str])
    url: str = ""

    def answer(self, path: str, authorization: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if self.token and authorization != f"token {self.token}":
            return 403, b"{}"
        found = self.answers.get(path.partition("?")[0].strip("/"), 404)
        found = found() if callable(found) else found
        if isinstance(found, int):
            return found, b"{}"
        return 200, found if isinstance(found, bytes) else json.dumps(found).encode()


@dataclass
class Instance:
    """A notebook instance, as far as the program sees it."""

    folder: Path
    jupyter: Jupyter

    def look(self, *more: str, later_minutes: float = 2) -> subprocess.CompletedProcess[str]:
        """Run the program ``later_minutes`` after its last run."""
        if later_minutes:
            self.change(lambda state: {**state, **{key: state[key] - 60 * later_minutes for key in ("since", "at")}})
        return subprocess.run(
            [
                *(sys.executable, "-I", PROGRAM, "--after-minutes", "3", "--busy-percent", "20"),
                *("--server", self.jupyter.url, "--state", self.state, "--runtime", self.folder / "runtime"),
                *("--metadata", self.folder / "metadata.json", *more),
            ],
            capture_output=True,
            text=True,
            env={"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"},
            check=False,
            timeout=900,
        )

    def change(self, how: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change what the program remembers, where it does."""
        if self.state.exists():
            self.state.write_text(json.dumps(how(json.loads(self.state.read_text()))))

    @property
    def state(self) -> Path:
        return self.folder / "state" / "state.json"

    @property
    def stopped(self) -> bool:
        return (self.folder / "bin" / "asked").exists()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    jupyter = Jupyter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = jupyter.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    (tmp_path / "bin").mkdir()
    (tmp_path / "runtime").mkdir()
    aws = tmp_path / "bin" / "aws"
    aws.write_text(AWS)
    aws.chmod(0o755)
    (tmp_path / "metadata.json").write_text(json.dumps({"ResourceArn": ARN, "ResourceName": "churn-4f2a"}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    jupyter.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Instance(tmp_path, jupyter)
    server.shutdown()
    server.server_close()
    thread.join(timeout=300)


IDLE = seen(kernel(), terminals=[terminal()])
BUSY = seen(kernel("busy"))
"""Three minutes are over at the third look, if nothing happens meanwhile."""

STOPS: dict[str, tuple[int, list[Seen]]] = {
    "nobody ever opened it": (3, [seen()]),
    "an idle kernel": (3, [seen(kernel())]),
    "an idle terminal": (3, [seen(terminals=[terminal()])]),
    "several idle kernels and terminals": (
        3,
        [seen(kernel(), kernel(name="two"), terminals=[terminal(), terminal(name="2")])],
    ),
    "a kernel that hangs in its start": (3, [seen(kernel("starting"))]),
    "a dead kernel": (3, [seen(kernel("dead"))]),
    "a state that is new to it": (3, [seen(kernel("unknown"))]),
    "time stamps without microseconds": (3, [seen(kernel(last="2026-11-02T09:00:00Z"))]),
    "time stamps that are none": (3, [seen(kernel(last="yesterday"))]),
    "a clock that was set back": (3, [seen(kernel(last="2099-01-01T00:00:00.0Z"))]),
    "a kernel that started meanwhile": (5, [IDLE, IDLE, seen(kernel(), kernel("starting", name="two"))]),
    "a kernel that ended meanwhile": (5, [IDLE, IDLE, seen(terminals=[terminal()])]),
    "a terminal that was opened meanwhile": (5, [seen(kernel()), seen(kernel()), IDLE]),
    "a terminal that was closed meanwhile": (5, [IDLE, IDLE, seen(kernel())]),
    "a cell that ran between two looks": (5, [IDLE, IDLE, seen(kernel(last="2026-11-02T09:05:00Z"))]),
    "a key pressed in a terminal": (5, [IDLE, IDLE, seen(kernel(), terminals=[terminal("2026-11-02T09:05:00Z")])]),
    "a kernel that was busy until now": (6, [BUSY, BUSY, BUSY, seen(kernel())]),
    "a kernel that was restarted": (5, [IDLE, IDLE, seen(kernel("restarting"), terminals=[terminal()])]),
    "a server without terminals": (3, [{"api/kernels": [kernel()], "api/terminals": 404}]),
    "no answer in between": (5, [IDLE, {"api/kernels": 500}, IDLE]),
}


@pytest.mark.parametrize("case", STOPS)
def test_it_stops_when_it_should_and_not_before(instance: Instance, case: str) -> None:
    at, answers = STOPS[case]
    said = ""
    for number in range(at):
        assert not instance.stopped, f"before look {number + 1}"
        instance.jupyter.answers = dict(answers[min(number, len(answers) - 1)])
        said += instance.look().stdout
    assert instance.stopped, said
    assert (instance.folder / "bin" / "asked").read_text().split("\n")[0] == ASKED


def _writing() -> list[Seen]:
    return [seen(kernel(), terminals=[terminal(last=f"2026-11-02T09:{minute:02}:00Z")]) for minute in range(12)]


NEVER: dict[str, list[Seen]] = {
    "a busy kernel": [BUSY],
    "a busy kernel beside an idle one": [seen(kernel(), kernel("busy", name="two"))],
    "a busy kernel beside an idle terminal": [seen(kernel("busy"), terminals=[terminal()])],
    "an idle kernel beside a terminal that writes": _writing(),
    "a kernel that is used": [seen(kernel(last=f"2026-11-02T09:{minute:02}:00Z")) for minute in range(12)],
    "a kernel that is restarted again and again": [seen(kernel("restarting")), IDLE] * 6,
    "kernels that come and go": [seen(kernel(name=str(number))) for number in range(12)],
    "an error of the server": [{"api/kernels": 500, "api/terminals": []}],
    "an error about terminals": [{"api/kernels": [kernel()], "api/terminals": 500}],
    "an answer that is no JSON": [{"api/kernels": b"<html>", "api/terminals": []}],
    "kernels without a state": [{"api/kernels": [{"id": "one", "name": "python3"}], "api/terminals": []}],
    "an error instead of kernels": [{"api/kernels": {"message": "busy"}, "api/terminals": []}],
}


@pytest.mark.parametrize("case", NEVER)
def test_it_never_stops_when_it_should_not(instance: Instance, case: str) -> None:
    answers = NEVER[case]
    for number in range(5):
        instance.jupyter.answers = dict(answers[min(number, len(answers) - 1)])
        instance.look()
    assert not instance.stopped


def test_an_unreachable_server_is_no_idleness_and_a_failure_of_the_run(instance: Instance) -> None:
    instance.jupyter.url = "http://127.0.0.1:9"
    looks = [instance.look() for _ in range(4)]
    assert not instance.stopped
    assert {each.returncode for each in looks} == {1}
    assert "Jupyter does not answer api/kernels" in looks[-1].stdout


def test_busy_processors_are_activity(instance: Instance) -> None:
    said = ""
    for _ in range(5):
        instance.change(lambda state: {**state, "cpu": state["cpu"] - 60})
        said = instance.look().stdout
    assert not instance.stopped
    assert "the processors did" in said


def test_what_began_just_now_is_seen(instance: Instance) -> None:
    instance.jupyter.answers = dict(seen(kernel()))
    for _ in range(2):
        instance.look()
    answers = iter([[kernel()], [kernel("busy")]])
    instance.jupyter.answers["api/kernels"] = lambda: next(answers)
    assert "something has just begun" in instance.look().stdout
    assert not instance.stopped


def test_a_dry_run_only_says_it(instance: Instance) -> None:
    looked = [instance.look("--dry-run") for _ in range(4)]
    assert "would stop: idle for" in looked[-1].stdout
    assert not instance.stopped


@pytest.mark.parametrize("text", ["", "{", "[]", '{"since": "never"}'])
def test_a_state_that_cannot_be_read_begins_the_time_anew(instance: Instance, text: str) -> None:
    for _ in range(2):
        instance.look()
    instance.state.write_text(text)
    assert instance.look(later_minutes=0).returncode == 0
    assert not instance.stopped


def test_a_start_of_the_instance_begins_the_time_anew(instance: Instance) -> None:
    for _ in range(2):
        instance.look()
    instance.change(lambda state: {**state, "boot": "another"})
    assert "the first look" in instance.look().stdout
    assert not instance.stopped


def test_one_run_at_a_time(instance: Instance) -> None:
    for _ in range(2):
        instance.look()
    with instance.state.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another run has not ended" in instance.look().stdout
    assert not instance.stopped


def test_a_stop_that_fails_is_tried_again(instance: Instance) -> None:
    (instance.folder / "bin" / "status").write_text("254")
    looks = [instance.look() for _ in range(4)]
    assert [each.returncode for each in looks] == [0, 0, 254, 254]
    assert (instance.folder / "bin" / "asked").read_text().splitlines() == [ASKED, ASKED]


def test_the_file_of_the_server_says_where_it_is_and_what_it_wants(instance: Instance) -> None:
    instance.jupyter.token = "secret"
    told = {"pid": os.getpid(), "url": f"{instance.jupyter.url}/", "token": "secret"}
    (instance.folder / "runtime" / f"jpserver-{os.getpid()}.json").write_text(json.dumps(told))
    gone = {"pid": 2**22 + 1, "url": "http://127.0.0.1:9/", "token": ""}
    (instance.folder / "runtime" / "jpserver-999.json").write_text(json.dumps(gone))
    instance.jupyter.url = "http://127.0.0.1:9"
    said = [instance.look().stdout for _ in range(3)]
    assert instance.stopped, said


def test_looking_is_no_activity(instance: Instance) -> None:
    instance.look()
    assert instance.jupyter.asked
    assert all(each.endswith("?no_track_activity=1") for each in instance.jupyter.asked)


def test_a_token_that_is_missing_is_no_idleness(instance: Instance) -> None:
    instance.jupyter.token = "secret"
    assert "answers api/kernels with 403" in [instance.look() for _ in range(4)][-1].stdout
    assert not instance.stopped


def test_the_python_of_amazon_linux_2023_reads_it() -> None:
    ast.parse(PROGRAM.read_text(), feature_version=(3, 9))
