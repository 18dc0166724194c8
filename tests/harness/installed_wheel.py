"""The library as another project installs it."""

import subprocess
import sys
from pathlib import Path

from harness.documents import PROJECT


def build_wheel(dist: Path) -> Path:
    """The wheel of this folder, by the build backend that pyproject.toml names."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(dist), str(PROJECT))
    [built] = dist.glob("*.whl")
    return built


def install_wheel(wheel: Path, library: Path) -> None:
    """``wheel`` alone in the folder ``library``, for a PYTHONPATH."""
    _pip("install", "--no-deps", "--target", str(library), str(wheel))


def _pip(*arguments: str) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", arguments[0], *options, *arguments[1:]], check=True, timeout=900)
