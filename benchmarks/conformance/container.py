"""A container under test: how to start it, and one HTTP client for it. Only the standard library is needed."""

import http.client
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a container said; header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Contender:
    """A server that takes the same model, rows in CSV or JSON, and says it has SageMaker's contracts."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """Of a container with one model; PORT stands for its port."""
    row: str
    """One row as CSV."""
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    """What changes in the environment so that the model cannot be loaded."""
    failing: Mapping[str, str] = field(default_factory=dict[str, str])
    """What changes so that the model is loaded but fails to answer."""
    batch: Mapping[str, str] = field(default_factory=lambda: {"SAGEMAKER_BATCH": "true"})
    """What SageMaker adds in transform jobs."""
    stateful: Mapping[str, str] = field(default_factory=lambda: {"SAGEMAKER_ENABLE_STATEFUL_SESSIONS": "true"})
    """What makes it keep sessions, by the name that AWS's own containers use."""
    many: Mapping[str, str] = field(default_factory=lambda: {"SAGEMAKER_MULTI_MODEL": "true"})
    """What SageMaker adds for several models."""
    health: str = "/ping"
    """Where it says that it is ready, if not where SageMaker asks."""
    model: Path = Path()
    """A model's folder, below `models`, as SageMaker unpacks it."""


class Container:
    """A running contender."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, health: str) -> None:
        self.process = process
        self.port = port
        self.health = health

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float = 60,
    ) -> Answer:
        """One request on a connection of its own. Raises OSError or HTTPException when there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), received)
        finally:
            connection.close()

    def invoke(self, body: str | bytes, content_type: str = "text/csv", **headers: str) -> Answer:
        """One `/invocations` request; header names with `_` for `-`."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/invocations", data, {"Content-Type": content_type, **named})

    def pings(self, seconds: float) -> bool:
        """Whether it says within this time that it is ready."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.request("GET", self.health, seconds=2).status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        return False

    def processes(self) -> list[int]:
        """The process and all its descendants."""
        found = [self.process.pid]
        for pid in found:
            for path in Path("/proc").glob(f"{pid}/task/*/children"):
                try:
                    found += [int(child) for child in path.read_text().split()]
                except OSError:
                    continue
        return found


def free_port() -> int:
    """A port below those that the kernel gives to clients: some servers take no higher one."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            except OSError:
                continue
            return probe.getsockname()[1]


@contextmanager
def started(
    contender: Contender,
    added: Mapping[str, str] | None = None,
    *,
    ready: bool = True,
    core: str | None = None,
) -> Generator[Container]:
    """Start a contender in a session of its own, on one core if it is named, and end all of it afterwards."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": tempfile.gettempdir(),
        **contender.environment,
        **(added or {}),
    }
    environment = {name: value.replace("PORT", str(port)) for name, value in environment.items()}
    pinned = ["taskset", "--cpu-list", core] if core else []
    command = [*pinned, *(word.replace("PORT", str(port)) for word in contender.command)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        container = Container(process, port, contender.health)
        try:
            if ready and not container.pings(START_SECONDS):
                log.seek(0)
                raise RuntimeError(f"{contender.name} does not start: {log.read()[-2000:].decode(errors='replace')}")
            yield container
        finally:
            for pid in reversed(container.processes()):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            process.wait(10)
