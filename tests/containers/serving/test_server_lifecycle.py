"""How the server starts, refuses to start, loses a process and ends."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from harness.aws_clients import wait_for
from harness.containers.container_processes import Serve, Server, Trained

Rows = list[tuple[str, str]]


def workers(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    found: list[int] = []
    for pid in children:
        with suppress(OSError):
            if "serve" in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(int(pid))
    return found


def test_two_workers_answer_alike(start_server: Serve, trained: Trained, server: Server, held_out: Rows) -> None:
    two = start_server(trained.base, MODEL_SERVER_WORKERS="2")
    expected = server.invoke(held_out[0][1]).body
    assert {two.invoke(held_out[0][1]).body for _ in range(30)} == {expected}


def test_sigterm_finishes_the_request_in_hand(start_server: Serve, trained: Trained, held_out: Rows) -> None:
    server = start_server(trained.base)
    row = held_out[0][1].encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=900) as connection:
        head = "POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
        head += f"Content-Length: {len(row)}\r\n\r\n"
        connection.sendall(head.encode() + row[:10])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        connection.sendall(row[10:])
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(300) == 0


def test_killed_worker_is_replaced(start_server: Serve, trained: Trained, held_out: Rows) -> None:
    server = start_server(trained.base)
    for pid in workers(server):
        os.kill(pid, signal.SIGKILL)
    server.wait_until_ready()
    assert server.invoke(held_out[0][1]).status == 200


def test_a_worker_that_is_killed_under_load_loses_only_what_it_had_in_hand(
    start_server: Serve, trained: Trained, server: Server, held_out: Rows
) -> None:
    clients, expected = 8, server.invoke(held_out[0][1]).body
    two = start_server(trained.base, MODEL_SERVER_WORKERS="2")
    before = wait_for(lambda: workers(two), lambda alive: len(alive) == 2)
    killed, until = threading.Event(), threading.Event()
    answered, answered_since, lost = ([0] * clients for _ in range(3))

    def call_until_told(client: int) -> None:
        while not until.is_set():
            try:
                answer = two.invoke(held_out[0][1])
            except (OSError, HTTPException):
                lost[client] += 1
                continue
            assert (answer.status, answer.body) == (200, expected)
            answered[client] += 1
            answered_since[client] += killed.is_set()

    with ThreadPoolExecutor(clients) as pool:
        calls = [pool.submit(call_until_told, client) for client in range(clients)]
        try:
            wait_for(lambda: min(answered), lambda fewest: fewest > 20)
            os.kill(before[0], signal.SIGKILL)
            killed.set()
            wait_for(lambda: set(workers(two)) - {before[0]}, lambda alive: len(alive) == 2)
            wait_for(lambda: min(answered_since), bool)
        finally:
            until.set()
        for call in calls:
            call.result()
    # Each client has one request under way at a time, so the killed worker had one of each in hand at most.
    assert max(lost) <= 1
    assert before[1] in workers(two)
    assert {two.invoke(held_out[0][1]).body for _ in range(30)} == {expected}


def test_what_nobody_has_accepted_is_not_lost_with_a_worker(
    start_server: Serve, trained: Trained, held_out: Rows
) -> None:
    two = start_server(trained.base, MODEL_SERVER_WORKERS="2")
    killed, other = workers(two)
    for pid in (killed, other):
        os.kill(pid, signal.SIGSTOP)
        wait_for(lambda pid=pid: states(pid), lambda found: found == {"T"})
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(two.invoke, held_out[0][1]) for _ in range(8)]
        wait_for(lambda: waiting(two.port), lambda connections: connections == 8)
        os.kill(killed, signal.SIGKILL)
        os.kill(other, signal.SIGCONT)
        assert [answer.result().status for answer in answers] == [200] * 8


def states(pid: int) -> set[str]:
    """The states of a process's threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {(task / "stat").read_text().rpartition(") ")[2][0] for task in tasks}


def waiting(port: int) -> int:
    """How many connections to a port are made, whether accepted or not."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established = "01"
    return sum(fields[2].endswith(f":{port:04X}") and fields[3] == established for fields in lines)


def test_worker_ends_with_a_killed_supervisor(start_server: Serve, trained: Trained) -> None:
    server = start_server(trained.base)
    server.process.kill()
    server.process.wait(300)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            server.request("GET", "/ping")
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("a worker still answers")


def test_port_in_use_is_refused(start_server: Serve, trained: Trained, server: Server) -> None:
    second = start_server(trained.base, ready=False, SAGEMAKER_BIND_TO_PORT=str(server.port))
    assert second.process.wait(300) == 1
    assert f"cannot listen on 127.0.0.1:{server.port}" in second.log


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("rm -r model", "no model.json in"),
        ("rm model/model.txt", "no model.txt in"),
        ("echo '{' > model/model.json", "cannot be read"),
        ("echo '{}' > model/model.json", "has format None, this image reads format 1"),
        ("echo >> model/model.txt", "model.txt is damaged"),
    ],
)
def test_broken_model_refuses_to_start(
    start_server: Serve, trained: Trained, tmp_path: Path, damage: str, reason: str
) -> None:
    shutil.copytree(trained.base / "model", tmp_path / "model")
    subprocess.run(damage, shell=True, cwd=tmp_path, check=True)
    server = start_server(tmp_path, ready=False)
    assert server.process.wait(300) == 1
    line = json.loads(server.log.splitlines()[-1])
    assert line["level"] == "error"
    assert line["message"].startswith("the server does not start: ")
    assert reason in line["message"]


def change_metadata(trained: Trained, folder: Path, **changes: object) -> Path:
    shutil.copytree(trained.base / "model", folder / "model")
    path = folder / "model" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def test_other_lock_warns(start_server: Serve, trained: Trained, tmp_path: Path) -> None:
    server = start_server(change_metadata(trained, tmp_path, lock_digest="0" * 64))
    warnings = [line for line in map(json.loads, server.log.splitlines()) if line["level"] == "warning"]
    assert "trained with lock 000000000000" in warnings[0]["message"]


def test_other_lock_can_be_refused(start_server: Serve, trained: Trained, tmp_path: Path) -> None:
    base = change_metadata(trained, tmp_path, lock_digest="0" * 64)
    server = start_server(base, ready=False, LOCK_MISMATCH="refuse")
    assert server.process.wait(300) == 1
    assert "LOCK_MISMATCH=refuse" in server.log


def test_same_lock_says_nothing(server: Server) -> None:
    assert "warning" not in server.log


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"feature_names": ["a"]}, "the trees take 30 features"),
        ({"classes": ["a", "b", "c"]}, "give 1 outputs, the metadata says 30 and 3"),
        ({"surprise": 1}, "model.json is not of this image"),
    ],
)
def test_metadata_that_does_not_fit_the_trees_is_refused(
    start_server: Serve, trained: Trained, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    server = start_server(change_metadata(trained, tmp_path, **changes), ready=False)
    assert server.process.wait(300) == 1
    assert reason in server.log


@pytest.mark.parametrize(
    ("name", "value"),
    [("SAGEMAKER_BIND_TO_PORT", "http"), ("MODEL_SERVER_WORKERS", "0"), ("LOCK_MISMATCH", "maybe")],
)
def test_bad_setting_is_named(start_server: Serve, trained: Trained, name: str, value: str) -> None:
    server = start_server(trained.base, ready=False, **{name: value})
    assert server.process.wait(300) == 1
    assert name in server.log
