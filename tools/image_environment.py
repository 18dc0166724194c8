"""Prints the interpreters of our images, made when they are missing: ``python -m tools.image_environment [IMAGE…]``.

The emulator names them after their lock, so that another lock is another environment.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CONTAINERS = PROJECT / "containers"
LOCKS = {
    "tabular": "requirements.txt",
    "pytorch": "requirements-cpu.txt",
    "notebooks": "requirements.txt",
    "wrangling": "requirements.txt",
    "monitor": "requirements.txt",
}


def interpreter(image: str) -> Path:
    """The Python of ``image``. Raises CalledProcessError when its environment cannot be made."""
    digest = hashlib.sha256((CONTAINERS / image / LOCKS[image]).read_bytes()).hexdigest()[:12]
    python = PROJECT / ".emulator" / "environments" / f"{image}-{digest}" / "bin" / "python"
    if not python.exists():
        print(f"Setting up the environment of containers/{image} (once)", file=sys.stderr)
        shared = [f"--build-context={name}={CONTAINERS / name}" for name in ("serving", "jobs")]
        build = [PROJECT / "emulator" / "bin" / "docker", "build", *shared, "--tag", image, CONTAINERS / image]
        subprocess.run(build, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    return python


def main() -> int:
    """One line for each image that the arguments name; without any, for all."""
    try:
        print(*map(interpreter, sys.argv[1:] or LOCKS), sep="\n")
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
