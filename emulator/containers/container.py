"""One running container: a local process under SageMaker's contract."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.containers.enclosure import available, enclosed
from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client
from emulator.images.store import ImageBuildError, ImageStore, LocalImage

# What a process needs of the machine. Everything else, credentials first of all, stays outside.
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "LD_LIBRARY_PATH")
GUARD = Path(__file__).with_name("guard.py")


def resolve_image(images: ImageStore, uri: str) -> LocalImage:
    """The built image of this URI. Raises DataPlaneError, also for images that were never built here."""
    try:
        image = images.find(uri)
    except ImageBuildError as error:
        raise DataPlaneError(str(error)) from error
    if image is None:
        raise DataPlaneError(
            f"{uri} was not built in this emulator: it runs images of this project, and does not pretend "
            "to run those of AWS or other accounts"
        )
    return image


@dataclass(kw_only=True)
class ContainerRunner:
    """Runs containers of one kind.

    Args:
        images: Where image URIs are looked up.
        directory: Folder of this object alone, in which containers have theirs, each with a `log.txt`.
        s3: Client for all that containers read and write.
        aws_environment: Variables every container gets to reach the emulator (endpoint URL, keys, region).
    """

    images: ImageStore
    directory: Path
    s3: S3Client
    aws_environment: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ContainerFolders:
    """Where one container keeps its files: `opt/ml` and `tmp` below `home`, and the log of all that it says."""

    home: Path
    log: Path

    @property
    def base(self) -> Path:
        """What the container takes for `/opt/ml`."""
        return self.home / "opt" / "ml"

    @staticmethod
    def enclosed() -> bool:
        """Whether containers see these as `/opt/ml` and `/tmp`, and can write nowhere else: where the machine lets
        them, else they are told by SAGEMAKER_BASE_DIR."""
        return available()


class Container:
    """A started container. Its process, and all that it starts, ends no later than the emulator.

    Where the machine allows it, it can write to its own folders only.
    """

    def __init__(
        self,
        image: LocalImage,
        folders: ContainerFolders,
        *,
        arguments: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        """Start `docker run IMAGE ARGUMENTS…`; the log is appended to. Raises DataPlaneError."""
        self.log = folders.log
        self._pid_file = folders.home / "pid"
        folders.base.mkdir(parents=True, exist_ok=True)
        self._pid_file.unlink(missing_ok=True)
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        given = {
            **inherited,
            "HOME": str(folders.home),
            "HOSTNAME": "localhost",
            # The containers of an account share one machine, where threads of each for every CPU get into their way.
            "OMP_NUM_THREADS": "1",
            **image.environment,
            **environment,
            "PYTHONPATH": image.python_path,
            "SAGEMAKER_BASE_DIR": str(folders.base),
        }
        command = image.command_line(arguments)
        if folders.enclosed():
            given["TMPDIR"] = "/tmp"
            command = enclosed(folders.home, command)
        guard = [sys.executable, "-I", "-S", str(GUARD), str(self._pid_file)]
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            try:
                self._guard = subprocess.Popen(
                    [*guard, *command],
                    cwd=folders.base,
                    env=given,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise DataPlaneError(f"the container's process cannot be started: {error}") from error

    @property
    def pid(self) -> int | None:
        """Process id of the container's own program, once it runs."""
        text = self._pid_file.read_text() if self._pid_file.exists() else ""
        return int(text) if text else None

    @property
    def exit_code(self) -> int | None:
        """None while the container runs; 128 + number when a signal ended it."""
        return self._guard.poll()

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the end, at most this long; the exit code, or None when it still runs."""
        try:
            return self._guard.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self, grace_seconds: float) -> int:
        """Ask the program to end (SIGTERM) and kill what is left after the grace. Returns the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self._guard.send_signal(signal.SIGTERM)
        code = self.wait(grace_seconds)
        return self.kill() if code is None else code

    def kill(self) -> int:
        """End the program and all its children at once. Returns the exit code."""
        if self._guard.stdin is not None:
            with contextlib.suppress(OSError):
                self._guard.stdin.close()
        return self._guard.wait()

    def log_text(self) -> str:
        """What this run of the container has written so far."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        """The last line of this run's log, for reasons; empty when there is none."""
        lines = [line.strip() for line in self.log_text().splitlines() if line.strip()]
        return lines[-1][:500] if lines else ""
