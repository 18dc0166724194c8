"""MLflow servers as local processes, one for each ARN that has been asked for."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from emulator.containers.container import GUARD
from emulator.containers.ports import ReservedPort
from emulator.shapes.errors import ServiceError

ENVIRONMENT = Path(__file__).resolve().parents[3] / ".venv-mlflow"
_START_SECONDS = 180.0
_POLL_SECONDS = 0.1


@dataclass
class _Server:
    process: subprocess.Popen[bytes]
    port: ReservedPort

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port.number}"

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(self.address, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@dataclass
class MlflowServers:
    """Starts MLflow where it is asked for, from the environment that `make mlflow` makes.

    Args:
        directory: Folder of this object alone: a database and a log for each ARN.
        gateway: The emulator's own address, where the servers find S3.
        environment: Folder of the environment.
    """

    directory: Path
    gateway: str
    environment: Path = ENVIRONMENT
    _servers: dict[str, _Server] = field(default_factory=dict[str, _Server])
    _locks: dict[str, Lock] = field(default_factory=dict[str, Lock])

    def address(self, arn: str, artifacts: str) -> str:
        """Host and port of the server of an ARN, which is started if need be; blocks until it answers.

        Raises:
            ServiceError: MLflow is not set up, or does not start.
        """
        with self._locks.setdefault(arn, Lock()):
            running = self._servers.get(arn)
            if running is None or running.process.poll() is not None:
                running = self._servers[arn] = self._start(arn, artifacts)
            return running.address

    def stop(self, arn: str) -> None:
        """End the server of an ARN; its runs stay."""
        with self._locks.setdefault(arn, Lock()):
            running = self._servers.pop(arn, None)
            if running:
                _end(running)

    def forget(self, arn: str) -> None:
        """End the server of an ARN, and delete its runs."""
        self.stop(arn)
        shutil.rmtree(self._home(arn), ignore_errors=True)

    def stop_all(self) -> None:
        """End all servers."""
        for arn in list(self._servers):
            self.stop(arn)

    def _home(self, arn: str) -> Path:
        return self.directory / hashlib.sha256(arn.encode()).hexdigest()[:12]

    def _start(self, arn: str, artifacts: str) -> _Server:
        python = self.environment / "bin" / "python"
        if not python.exists():
            raise ServiceError("ServiceUnavailable", "MLflow is not set up here. Set it up with: make mlflow", 503)
        home = self._home(arn)
        home.mkdir(parents=True, exist_ok=True)
        port = ReservedPort()
        command = [
            *(sys.executable, "-I", "-S", str(GUARD), str(home / "pid")),
            *(str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port.number)),
            *("--backend-store-uri", f"sqlite:///{home / 'mlflow.db'}", "--workers", "1"),
            *("--default-artifact-root", artifacts, "--no-serve-artifacts"),
        ]
        log = home / "log.txt"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=home,
                env=self._variables(home),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        server = _Server(process, port)
        end = time.monotonic() + _START_SECONDS
        while not server.answers():
            if process.poll() is not None or time.monotonic() > end:
                _end(server)
                raise ServiceError(
                    "ServiceUnavailable", f"The MLflow of {arn} does not start; its log is {log}.", 503
                )
            time.sleep(_POLL_SECONDS)
        return server

    def _variables(self, home: Path) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ},
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.gateway,
            "AWS_REGION": os.environ.get("MINISTACK_REGION", "us-east-1"),
            # Half the time to start, and half the memory.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        }


def _end(server: _Server) -> None:
    # The guard ends the server with all its children when its input closes.
    if server.process.stdin:
        server.process.stdin.close()
    server.process.wait()
    server.port.release()
