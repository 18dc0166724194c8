"""A process of ``containers/label_studio``, and people who ask it."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from demo.people.sign_on import Pool

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = PROJECT / ".venv-label-studio" / "bin" / "python"
_WELL = 200
_PAUSE_SECONDS = 0.2


class Server:
    """The server, with its database in ``folder``."""

    def __init__(self, folder: Path, pool: Pool, port: int, environment: Mapping[str, str]) -> None:
        self.address: str = f"http://127.0.0.1:{port}"
        self.log: Path = folder / "server.log"
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
            "PYTHONPATH": str(PROJECT / "containers" / "label_studio"),
            "LABELING_PORT": str(port),
            "LABELING_HOST": "127.0.0.1",
            "LABELING_SHOWN_FROM": environment["AWS_ENDPOINT_URL"],
            "SECRET_KEY": "of this test",
        }
        self._environment = {**own, **pool.environment(), **environment}
        self._process = self._started()

    def start_again(self, **environment: str) -> None:
        """Stop it, and start it with other variables."""
        self.stop()
        self._environment |= environment
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [PYTHON, "-m", "labeling_server"],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while self._health(process) != _WELL:
            time.sleep(_PAUSE_SECONDS)
        return process

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes | None = None
    ) -> tuple[int, str]:
        """Status and body."""
        request = urllib.request.Request(f"{self.address}{path}", body, dict(headers or {}), method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self) -> None:
        """End it as a container ends."""
        self._process.terminate()
        self._process.wait()

    def _health(self, process: "subprocess.Popen[bytes]") -> int | None:
        if process.poll() is not None:
            raise RuntimeError(f"Label Studio ended:\n{self.log.read_text()[-2000:]}")
        try:
            return self.ask("/health")[0]
        except OSError:
            return None
