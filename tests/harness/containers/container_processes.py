"""The tabular image's processes, as the tests start and call them."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from emulator.images.store import LocalImage


@dataclass(frozen=True)
class Trained:
    """A finished training process."""

    base: Path
    exit_code: int
    output: str

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


class Server:
    """A serving process and one client for it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    @property
    def log(self) -> str:
        return self._log.read_text()

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=900)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read().decode(), received)
        finally:
            connection.close()

    def invoke(self, body: bytes | str, content_type: str = "text/csv", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/invocations", body, {"content-type": content_type, **named})

    def wait_until_ready(self) -> None:
        end = time.monotonic() + 300
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.request("GET", "/ping").status == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.02)
        pytest.fail(f"the server did not get ready: {self.log}")


Train = Callable[..., Trained]
Serve = Callable[..., Server]


def process_environment(image: LocalImage, base: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "OMP_NUM_THREADS": "1",
        **image.environment,
        "PYTHONPATH": image.python_path,
        "SAGEMAKER_BASE_DIR": str(base),
    }


def run_training(
    image: LocalImage,
    base: Path,
    hyperparameters: Mapping[str, object] | str,
    channels: Mapping[str, Mapping[str, str]] | None = None,
    role: str = "train",
) -> Trained:
    configuration = base / "input" / "config"
    configuration.mkdir(parents=True, exist_ok=True)
    text = hyperparameters if isinstance(hyperparameters, str) else json.dumps(hyperparameters)
    (configuration / "hyperparameters.json").write_text(text)
    for channel, files in (channels or {}).items():
        for name, content in files.items():
            path = base / "input" / "data" / channel / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    done = subprocess.run(
        image.command_line([role]),
        env=process_environment(image, base),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Trained(base, done.returncode, done.stdout + done.stderr)


def start_process(image: LocalImage, base: Path, log: Path, settings: Mapping[str, str]) -> Server:
    """Start serving on the port in `settings`, without waiting for it."""
    with log.open("w") as output:
        process = subprocess.Popen(
            image.command_line(["serve"]),
            env={**process_environment(image, base), **settings},
            stdout=output,
            stderr=output,
            text=True,
        )
    port = settings["SAGEMAKER_BIND_TO_PORT"]
    return Server(process, int(port) if port.isdecimal() else 0, log)
