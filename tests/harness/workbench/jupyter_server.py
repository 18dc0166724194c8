"""A Jupyter server with somebody who uses it, and an instance beside it.

The instance looks every two minutes by the clock of its own state, with three minutes of idleness allowed.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sagemaker_constructs.workbench.scripts.stop_when_idle import PROGRAM

PROJECT = Path(__file__).resolve().parents[3]
PYTHON = PROJECT / ".venv-jupyter" / "bin" / "python"
ARN = "arn:aws:sagemaker:eu-central-1:123456789012:notebook-instance/real-4f2a"
AWS = '#!/bin/bash\necho "$@" >> "$(dirname "$0")/asked"\n'
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
        """Let the program look, two minutes later; what it says."""
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
        """Whether it asked for the end of the instance."""
        return (self._folder / "bin" / "asked").exists()


def add_kernels(folder: Path) -> None:
    """Kernels that hang in their start, or end in it, for a server that is started in the folder."""
    for name, command in {"hangs": ["sleep", "1000"], "dies": ["false"]}.items():
        spec = folder / "specs" / "kernels" / name
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text(json.dumps({"argv": command, "display_name": name, "language": "python"}))
