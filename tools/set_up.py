"""Sets up one environment of the Makefile: ``python -m tools.set_up STAMP REQUIREMENTS``.

Runs on a machine that has Python and nothing else.
"""

import platform
import subprocess
import sys
import venv
from pathlib import Path


def set_up(stamp: Path, requirements: Path) -> None:
    """Install ``requirements`` beside ``stamp``, which is touched last: what was interrupted is done again."""
    environment = stamp.parent
    print(f"Setting up {environment} with {requirements} (once)", flush=True)
    if _made_by(environment) != platform.python_version():
        venv.create(environment, with_pip=True, clear=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    locked = ["--require-hashes"] if "--hash=" in requirements.read_text() else []
    subprocess.run([*pip, *locked, "--requirement", requirements], check=True)
    stamp.touch()


def _made_by(environment: Path) -> str:
    """The version of the Python in a complete environment; empty when there is none."""
    python = environment / "bin" / "python"
    # A Python that was removed leaves a link that leads nowhere.
    if not (python.exists() and (environment / "bin" / "pip").exists()):
        return ""
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    return subprocess.run(asked, stdout=subprocess.PIPE, text=True).stdout.strip()


def main() -> int:
    """The exit status is pip's."""
    try:
        set_up(*map(Path, sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
