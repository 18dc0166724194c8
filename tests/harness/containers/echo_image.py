"""A small image under SageMaker's contract: it repeats what it gets, and misbehaves when told to."""

import shutil
from pathlib import Path

from emulator.images.store import ImageStore
from emulator.launcher import PROJECT
from harness.containers.programs import IMAGES

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:echo"


def write_echo(context: Path) -> Path:
    """Write the image's folder; its lock holds one small package, taken from the emulator's own."""
    shutil.copytree(IMAGES / "echo", context, ignore=shutil.ignore_patterns("__pycache__"))
    locked = (PROJECT / "emulator" / "requirements.txt").read_text()
    entry = locked[locked.index("six==") :].split("    # via")[0]
    (context / "requirements.txt").write_text(entry)
    return context


def build_echo(image_root: Path, folder: Path) -> str:
    """Build the image into a store; returns its URI."""
    context = write_echo(folder / "echo-image")
    store = ImageStore(image_root)
    store.build(context, context / "Dockerfile", [URI])
    store.push(URI)
    return URI
