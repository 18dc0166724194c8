"""Start, find and stop an emulator. Standard library only, so that any environment may import it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from emulator.process.environment import (
    DEFAULT_IMAGES,
    HOST,
    PROJECT,
    SECRET_KEY,
    TEMPORARY,
    access_key,
    server_environment,
)
from emulator.process.state_directory import StateDirectory

DEFAULT_STATE = PROJECT / ".emulator" / "state"
ACCOUNT = "123456789012"
REGION = "us-east-1"

_POLL_SECONDS = 0.05
_STOP_SECONDS = 20.0


class EmulatorError(Exception):
    """A failure to start, find or stop an emulator; the message is one line for people."""


@dataclass(frozen=True)
class RunningEmulator:
    """A running emulator.

    Args:
        address: Such as `http://127.0.0.1:4566`.
        pid: Process id of the server.
        state: Its state directory.
        started: When it was started, ISO 8601 in UTC.
        interrupted: One sentence for each operation that the last end of the process had cut short, and
            what became of it. Empty after a clean stop.
        account: The AWS account of everything in it.
        region: AWS region for clients.
        images: Folder of the built images, shared by all states.
    """

    address: str
    pid: int
    state: Path
    started: str
    interrupted: list[str] = field(default_factory=list[str])
    account: str = ACCOUNT
    region: str = REGION
    images: Path = DEFAULT_IMAGES

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Environment variables that point the CDK command line, boto3 and the SDKs at this emulator.

        Args:
            base: Environment to build on, such as `os.environ`; its `AWS_…` variables are left out, so that
                a profile or credentials of the user's cannot get in the way. Default: only the variables.
        """
        kept = {name: value for name, value in (base or {}).items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": access_key(self.account),
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.state / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.state / "aws-credentials"),
            "CDK_DOCKER": str(PROJECT / "emulator" / "bin" / "docker"),
            "EMULATOR_IMAGE_ROOT": str(self.images),
            "CDK_NOTICES": "false",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "true",
            "CI": "1",
            "NODE_NO_WARNINGS": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        }

    def stop(self, timeout_seconds: float = _STOP_SECONDS) -> None:
        """Save and stop; kills the process when it has not ended after the timeout."""
        _signal(self.pid, signal.SIGTERM)
        end = time.monotonic() + timeout_seconds
        while StateDirectory(self.state).is_held() and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        if StateDirectory(self.state).is_held():
            _signal(self.pid, signal.SIGKILL)
            while StateDirectory(self.state).is_held() and time.monotonic() < end + 5:
                time.sleep(_POLL_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def attach(state: Path = DEFAULT_STATE) -> RunningEmulator:
    """Find the emulator that runs with a state directory.

    Raises:
        EmulatorError: None is running there.
    """
    state = state.resolve()
    running = _described(state) if StateDirectory(state).is_held() else None
    if running is None:
        raise EmulatorError(
            f"No emulator is running in {state}. Start it with: python -m emulator start --state {state}"
        )
    return running


def start(
    state: Path = DEFAULT_STATE,
    port: int | None = None,
    timeout_seconds: float = 120,
    python: Path | None = None,
    *,
    account: str | None = None,
    region: str | None = None,
) -> RunningEmulator:
    """Start an emulator in the background and wait until it answers.

    Args:
        state: Directory of its state; created when missing. State found there is taken up again.
        port: Port on 127.0.0.1; default: the last one used with this state if free, or else any free one.
        timeout_seconds: How long to wait for the first answer.
        python: Interpreter with the emulator's requirements; default `.venv-emulator/bin/python`.
        account: Account that it is; default: the last one of this state, or else 123456789012.
        region: Region that it is; default: the last one of this state, or else us-east-1.

    Raises:
        EmulatorError: One is running already, the port is taken, or it did not start.
    """
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    interpreter = python or _interpreter()
    directory = StateDirectory(state)
    with directory.starting():
        if directory.is_held():
            raise EmulatorError(directory.already_running())
        chosen = _port(state, port)
        last = directory.described()
        run = uuid.uuid4().hex
        _empty(state / TEMPORARY)
        with directory.log.open("ab") as output:
            process = subprocess.Popen(
                [str(interpreter), "-m", "emulator.process.supervisor"],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=server_environment(
                    state,
                    port=chosen,
                    run=run,
                    account=account or last.get("account", ACCOUNT),
                    region=region or last.get("region", REGION),
                ),
            )
        return _await_answer(process, state, run, timeout_seconds)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def _interpreter() -> Path:
    own = PROJECT / ".venv-emulator" / "bin" / "python"
    if own.exists():
        return own
    raise EmulatorError(f"The emulator's environment {own.parent.parent} is missing. Create it with: make emulator")


def _described(state: Path) -> RunningEmulator | None:
    known = StateDirectory(state).described()
    if not known.get("ready"):
        return None
    return RunningEmulator(
        address=known["address"],
        pid=known["pid"],
        state=state,
        started=known["started"],
        interrupted=list(known["interrupted"]),
        account=known["account"],
        region=known["region"],
        images=Path(known["images"]),
    )


def _free(port: int) -> bool:
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _port(state: Path, wanted: int | None) -> int:
    if wanted is not None:
        if not _free(wanted):
            raise EmulatorError(
                f"Port {wanted} on {HOST} is taken by another program. Choose another with --port, "
                "or none for any free one."
            )
        return wanted
    last = StateDirectory(state).described().get("port")
    if isinstance(last, int) and _free(last):
        return last
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_answer(process: subprocess.Popen[bytes], state: Path, run: str, timeout_seconds: float) -> RunningEmulator:
    directory = StateDirectory(state)
    end = time.monotonic() + timeout_seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise EmulatorError(f"The emulator did not start: {directory.last_words()} (log: {directory.log})")
        known = directory.described()
        if known.get("run") == run and known.get("ready"):
            running = _described(state)
            if running is not None and _answers(running.address):
                return running
        time.sleep(_POLL_SECONDS)
    process.terminate()
    raise EmulatorError(
        f"The emulator did not answer within {timeout_seconds:.0f} seconds: {directory.last_words()} "
        f"(log: {directory.log})"
    )


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
