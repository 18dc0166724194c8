"""Runs pyright over every project of the repository: ``python -m tools.check_types [--changed]``.

With ``--changed``, not again over what it found no fault in before.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.image_environment import interpreter

PROJECT = Path(__file__).resolve().parent.parent
STAMPS = PROJECT / ".venv"
READ = ("*.py", "*.toml", "*requirements*.txt", "*config.json", "package*.json")
LEFT_OUT = ("node_modules", "cdk.out")


def projects() -> Iterator[Sequence[str]]:
    """pyright's arguments: what runs in another environment is checked against that one."""
    yield []
    yield ["--project", "emulator"]
    yield ["--project", "containers", "--pythonpath", str(interpreter("tabular"))]
    yield ["--project", "containers/pytorch", "--pythonpath", str(interpreter("pytorch"))]
    yield ["--project", "containers/notebooks", "--pythonpath", str(interpreter("notebooks"))]
    yield ["--project", "containers/wrangling", "--pythonpath", str(interpreter("wrangling"))]
    yield ["--project", "containers/monitor", "--pythonpath", str(interpreter("monitor"))]
    labeling = str(PROJECT / ".venv-label-studio" / "bin" / "python")
    yield ["--project", "containers/label_studio", "--pythonpath", labeling]
    yield ["--project", "tools/load_test"]


def fingerprint(root: Path) -> str:
    """Of everything below ``root`` that a type checker reads."""
    digest = hashlib.sha256()
    for path in sorted(_files(root)):
        digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in LEFT_OUT]
        for path in (Path(folder) / name for name in names):
            if any(path.match(pattern) for pattern in READ):
                yield path


def main() -> int:
    """The exit status is 1 when a project has a fault; the others are checked all the same."""
    stamp = STAMPS / f".typed-{fingerprint(PROJECT)}"
    if "--changed" in sys.argv[1:] and stamp.exists():
        return 0
    statuses = [subprocess.run(["pyright", *arguments], cwd=PROJECT).returncode for arguments in projects()]
    if any(statuses):
        return 1
    for old in STAMPS.glob(".typed-*"):
        old.unlink()
    stamp.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
