"""The machines of notebook instances, each a process tree on a root folder of its own."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from emulator.containers.container import GUARD
from emulator.containers.ports import ReservedPort
from emulator.sagemaker.notebooks import own_root
from emulator.sagemaker.notebooks.machine import commands

PROJECT = Path(__file__).resolve().parents[3]
ENVIRONMENT = PROJECT / ".venv-jupyter"
SCRIPT_SECONDS = float(os.environ.get("EMULATOR_NOTEBOOK_SCRIPT_SECONDS", "300"))
LOGS = ("LifecycleConfigOnCreate", "LifecycleConfigOnStart", "jupyter.log")
"""What a machine writes, as the streams of CloudWatch Logs are called."""
_PROGRAMS = Path(__file__).with_name("machine")
_STANDARD_LIBRARY = ("-I", "-S")
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "units.py": ("systemctl", "systemd-run", "journalctl"),
    "commands.py": ("sudo", *commands.REFUSED),
    "aws.py": ("aws", "mount-s3"),
}
_JUPYTER_SECONDS = 180.0
_POLL_SECONDS = 0.05


def home_of(directory: Path, arn: str) -> Path:
    """The folder of a machine."""
    return directory / hashlib.sha256(arn.encode()).hexdigest()[:12]


class StartError(Exception):
    """A machine did not come up: `hook` is the script that failed or took too long, empty where it was none."""

    def __init__(self, hook: str, message: str) -> None:
        super().__init__(message)
        self.hook = hook


@dataclass(frozen=True)
class Start:
    """What a machine is started with.

    Args:
        arn: The ARN of the notebook instance.
        name: Its name.
        on_create: The script that runs once; empty for none.
        on_start: The script that runs at each start; empty for none.
    """

    arn: str
    name: str
    on_create: str
    on_start: str


@dataclass
class _Machine:
    process: subprocess.Popen[bytes]
    port: ReservedPort
    token: str
    serves: bool


@dataclass
class Machines:
    """Starts machines and ends them.

    Args:
        directory: Folder of this object alone, with a folder for each machine.
        reached: Variables by which programs find AWS.
        environment: Where Jupyter is, if it is set up.
    """

    directory: Path
    reached: Mapping[str, str]
    environment: Path = ENVIRONMENT
    _running: dict[str, _Machine] = field(default_factory=dict[str, _Machine])
    _lock: Lock = field(default_factory=Lock)

    @staticmethod
    def available() -> bool:
        """Whether this computer lets programs have a root of their own."""
        return own_root.available()

    def start(self, given: Start) -> None:
        """Start a machine, and wait until its scripts have run and its server answers.

        Raises:
            StartError: A script failed, or the server did not come up; nothing of the machine runs then.
        """
        home = home_of(self.directory, given.arn)
        shutil.rmtree(home / "root", ignore_errors=True)
        (home / "logs").mkdir(parents=True, exist_ok=True)
        (home / "logs" / "state.json").unlink(missing_ok=True)
        python = self.environment / "bin" / "python"
        port, token = ReservedPort(), secrets.token_hex(24)
        hooks = {"OnCreate": "" if (home / "created").exists() else given.on_create, "OnStart": given.on_start}
        settings = {
            "arn": given.arn,
            "name": given.name,
            "scripts": [[hook, script] for hook, script in hooks.items() if script],
            "script_seconds": SCRIPT_SECONDS,
            "jupyter": str(python) if python.exists() else "",
            "port": port.number,
            "token": token,
        }
        _furnish(home / "root", settings)
        machine = _Machine(self._process(home, python), port, token, serves=bool(settings["jupyter"]))
        with self._lock:
            self._running[given.arn] = machine
        try:
            _wait(home / "logs" / "state.json", machine)
        except StartError:
            self.stop(given.arn)
            raise
        (home / "created").touch()

    def volume(self, arn: str) -> Path:
        """The folder that is a machine's volume, whether it runs or not."""
        place = home_of(self.directory, arn) / "volume"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def address(self, arn: str) -> str | None:
        """Where the server of a machine is opened; None where there is none."""
        machine = self._running.get(arn)
        if machine is None or not machine.serves:
            return None
        return f"http://127.0.0.1:{machine.port.number}/?token={machine.token}"

    def stop(self, arn: str) -> None:
        """End a machine with all that runs on it; the files of its volume stay."""
        with self._lock:
            machine = self._running.pop(arn, None)
        if machine is None:
            return
        # The guard ends all of it when its input closes.
        if machine.process.stdin:
            machine.process.stdin.close()
        machine.process.wait()
        machine.port.release()

    def forget(self, arn: str) -> None:
        """End a machine, and delete its files."""
        self.stop(arn)
        shutil.rmtree(home_of(self.directory, arn), ignore_errors=True)

    def stop_all(self) -> None:
        """End all machines."""
        for arn in list(self._running):
            self.stop(arn)

    def _process(self, home: Path, python: Path) -> subprocess.Popen[bytes]:
        needed = [PROJECT, Path(sys.base_prefix), Path(sys.prefix)]
        if python.exists():
            needed += [self.environment.resolve(), python.resolve().parents[1]]
        first = [sys.executable, *_STANDARD_LIBRARY, str(_PROGRAMS / "first.py")]
        guard = [sys.executable, *_STANDARD_LIBRARY, str(GUARD), str(home / "pid")]
        kept = {name: os.environ[name] for name in ("LANG", "TZ") if name in os.environ}
        with (home / "machine.log").open("ab") as log:
            return subprocess.Popen(
                [*guard, *own_root.on_own_root(home, needed, first)],
                cwd=home,
                env={**kept, **self.reached, "PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _furnish(root: Path, settings: Mapping[str, Any]) -> None:
    """Put what is not this computer's into the root, before the machine sees it."""
    machine, binaries = root / ".machine", root / "usr" / "bin"
    machine.mkdir(parents=True)
    binaries.mkdir(parents=True)
    (machine / "instance.json").write_text(json.dumps(settings))
    for program, names in _COMMANDS.items():
        options: Sequence[str] = ("-I",) if program == "aws.py" else _STANDARD_LIBRARY
        for name in names:
            command = shlex.join([sys.executable, *options, str(_PROGRAMS / program), name])
            file = binaries / name
            file.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            file.chmod(0o755)
    if not Path("/usr/bin/python3").exists():
        # Amazon Linux has one there, which units of systemd name.
        (binaries / "python3").symlink_to(sys.executable)


def _wait(state: Path, machine: _Machine) -> None:
    """Wait until a machine is what it is to be; a script's own limit ends what takes too long."""
    end: float | None = None
    while True:
        told: Mapping[str, str] = json.loads(state.read_text()) if state.exists() else {"state": "starting"}
        if told["state"] == "failed":
            raise StartError(told["hook"], f"{told['hook']} failed or took too long")
        if told["state"] == "ready":
            return
        if told["state"] == "serving":
            end = end or time.monotonic() + _JUPYTER_SECONDS
            if _answers(machine):
                return
        if machine.process.poll() is not None:
            raise StartError("", "the machine ended while it started")
        if end and time.monotonic() > end:
            raise StartError("", "Jupyter did not answer")
        time.sleep(_POLL_SECONDS)


def _answers(machine: _Machine) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", machine.port.number, timeout=5)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {machine.token}"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
