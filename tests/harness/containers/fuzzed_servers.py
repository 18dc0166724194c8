"""What all tests with random requests share: raw connections, and a server that has to outlive them."""

import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, settings

from harness.containers.container_processes import Server


def examples(usual: int) -> settings:
    """So many cases of a test; `FUZZED_TIMES=50` makes it fifty times as many."""
    times = int(os.environ.get("FUZZED_TIMES", "1"))
    return settings(
        max_examples=usual * times,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@contextmanager
def unharmed(server: Server) -> Generator[Server]:
    """A server that nobody else asks, whose workers outlive the block, hold no more files, and log no exception."""
    before = {worker: _open_files(worker) for worker in workers(server)}
    yield server
    assert server.request("GET", "/ping").status == 200
    assert workers(server) == list(before)
    # Threads and the event loop open a few when they are first needed.
    assert all(_open_files(worker) <= files + 20 for worker, files in before.items())
    assert "Traceback" not in server.log


def workers(server: Server) -> list[str]:
    """The processes that answer."""
    return Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()


def exchange(port: int, request: bytes, *, whole: bool = True) -> bytes:
    """Send bytes and read until the server closes; a request that is not whole ends with the connection's half."""
    with socket.create_connection(("127.0.0.1", port), timeout=900) as connection:
        answer = b""
        try:
            connection.sendall(request)
            # Never after a whole one: a client that hangs up is not answered.
            if not whole:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                answer += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass
        return answer


def post(port: int, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """One whole request: the status and the body of its answer."""
    lines = [f"POST {path} HTTP/1.1", "Host: a", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    answer = exchange(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    answered = status(answer)
    assert answered is not None, "no answer"
    return answered, answer.partition(b"\r\n\r\n")[2]


def status(answer: bytes) -> int | None:
    """The status of an answer; None when there was none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def _open_files(worker: str) -> int:
    return len(list(Path(f"/proc/{worker}/fd").iterdir()))
