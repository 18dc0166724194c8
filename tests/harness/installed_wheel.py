"""The library as another project installs it, and a project as the starter writes it."""

import subprocess
import sys
from pathlib import Path

from copier import run_copy

from harness.documents import PROJECT

TEMPLATE = PROJECT / "examples"
"""What copier writes projects from."""


def write_starter(folder: Path, **answers: str) -> Path:
    """The project that ``answers`` make, in ``folder``; what is not answered is the default."""
    run_copy(str(TEMPLATE), folder, data=answers, defaults=True, quiet=True)
    return folder


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
