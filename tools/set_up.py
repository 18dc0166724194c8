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
    # Byte code for every module of aws-cdk-lib takes longer than the rest, and most are never imported.
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    locked = ["--require-hashes"] if "--hash=" in requirements.read_text() else []
    _install(environment, [*pip, *locked, "--requirement", requirements])
    stamp.touch()


def _install(environment: Path, command: list[str | Path]) -> None:
    """Run pip and show where it is: in one moving line, or every tenth package where no line can move.

    Two may be installed at the same time, so that each line names its environment.
    """
    packages = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pip:
        for line in pip.stdout or ():
            # "Processing" is what pip says of a package that it finds on this machine.
            if line.startswith(("Collecting", "Processing", "Installing collected")):
                packages += not line.startswith("Installing")
                shown = f"  {environment.name}, {packages} packages: {line.strip()}"[:78]
                if sys.stdout.isatty():
                    print(f"\r{shown:<78}", end="", flush=True)
                elif packages % 10 == 0 or line.startswith("Installing"):
                    print(shown, flush=True)
    if sys.stdout.isatty():
        print()
    if pip.returncode:
        raise subprocess.CalledProcessError(pip.returncode, command)


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
