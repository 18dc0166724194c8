"""Virtual environments for container images, made once for each lock file."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

# pip may fetch a few hundred megabytes over a slow line.
INSTALL_TIMEOUT_SECONDS = 1800
# PyPI has no CPU build of PyTorch. pip asks here only when no place that it is configured for has one.
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
_NO_PACKAGE = "No matching distribution found"


class EnvironmentBuildError(Exception):
    """The environment of an image cannot be made; the message is one line for people."""


class EnvironmentCache:
    """Environments under one folder, named after the image and the digest of its lock, which may be none.

    They are built beside their final place and renamed when complete, under a file lock: an interrupted
    build leaves nothing that looks finished, and two builds of one lock happen once. A lock with a CPU build
    (`==…+cpu`) that pip does not find is tried once more with `cpu_index` beside the configured indexes.
    """

    def __init__(self, folder: Path, *, cpu_index: str = PYTORCH_CPU_INDEX) -> None:
        self.folder = folder.resolve()
        self._cpu_index = cpu_index

    def python(self, name: str, lock: Path | None) -> Path:
        """The interpreter of the environment for this lock file; makes the environment when it is missing.

        Without a lock, or with one that names nothing, it holds no packages. Raises EnvironmentBuildError.
        """
        content = lock.read_bytes() if lock else b""
        if lock and _names_packages(content) and b"--hash=sha256:" not in content:
            raise EnvironmentBuildError(f"{lock.name} is not hash-locked: no line of it has a --hash")
        environment = self.folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"
        python = environment / "bin" / "python"
        if python.exists():
            return python
        with self._locked(environment.name):
            if not python.exists():
                self._make(environment, lock if _names_packages(content) else None)
        return python

    @contextmanager
    def _locked(self, name: str) -> Generator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f".{name}.lock").open("w") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX)
            yield

    def _make(self, environment: Path, lock: Path | None) -> None:
        prefix = f".{environment.name}.building-"
        for stale in self.folder.glob(f"{prefix}*"):
            shutil.rmtree(stale, ignore_errors=True)
        # An interpreter that has moved leaves an environment whose links lead nowhere.
        shutil.rmtree(environment, ignore_errors=True)
        building = Path(mkdtemp(prefix=prefix, dir=self.folder))
        try:
            # Our own pip installs into it: to give each environment one takes longer than most locks.
            _run([sys.executable, "-m", "venv", "--without-pip", str(building)], "the environment cannot be made")
            if lock:
                self._install(building / "bin" / "python", lock)
            building.chmod(0o755)
            building.rename(environment)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _install(self, python: Path, lock: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
        locked = ["--require-hashes", "--only-binary=:all:", "--requirement", str(lock)]
        failure = f"the packages of {lock.name} cannot be installed"
        try:
            _run([*pip, *install, *locked], failure)
        except EnvironmentBuildError as error:
            if _NO_PACKAGE not in str(error) or b"+cpu" not in lock.read_bytes():
                raise
            _run([*pip, *install, "--extra-index-url", self._cpu_index, *locked], failure)


def _names_packages(lock: bytes) -> bool:
    return any(line.strip() and not line.lstrip().startswith(b"#") for line in lock.splitlines())


def _run(command: list[str], failure: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        raise EnvironmentBuildError(f"{failure}: no end after {INSTALL_TIMEOUT_SECONDS} s") from None
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        errors = [line for line in lines if line.startswith("ERROR")] or [line for line in lines if line]
        # pip ends with its conclusion, after the versions that it has looked at.
        raise EnvironmentBuildError(f"{failure}: {errors[-1] if errors else f'exit code {done.returncode}'}")
