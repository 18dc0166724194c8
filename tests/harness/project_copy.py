"""The project in another folder, with a configuration that a test may change."""

import shutil
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LINKED = ("constructs", "containers", "lambdas", "models", "stacks")


def copy_project(folder: Path) -> Path:
    """``app.py``, ``cdk.json`` and ``config/`` as copies, everything else as links."""
    folder.mkdir(parents=True)
    for name in ("app.py", "cdk.json"):
        shutil.copy(PROJECT / name, folder / name)
    shutil.copytree(PROJECT / "config", folder / "config")
    for name in LINKED:
        (folder / name).symlink_to(PROJECT / name)
    return folder


def change(file: Path, old: str, new: str) -> None:
    """Replace the one occurrence of ``old``."""
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    file.write_text(text.replace(old, new))
