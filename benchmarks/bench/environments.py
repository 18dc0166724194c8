"""One virtual environment for each peer, made once for each lock."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path


def python_of(lock: Path, folder: Path) -> Path:
    """The interpreter with the packages of this lock. Raises CalledProcessError when they cannot be installed."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    environment = folder / f"{lock.parent.name}-{digest}"
    python = environment / "bin" / "python"
    if (environment / "complete").exists():
        return python
    print(f"Setting up {lock.parent.name} (once)", file=sys.stderr)
    shutil.rmtree(environment, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check"]
    pip += ["--quiet", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(lock)], check=True)
    (environment / "complete").touch()
    return python
