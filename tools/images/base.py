"""The base image: Debian with Python, made of its packages."""

import tempfile
from pathlib import Path

from tools.images.commands import CommandError, run

RELEASE = "bookworm"
PACKAGES = ("ca-certificates", "python-is-python3", "python3", "python3-venv")
IMAGE = f"localhost/debian-python:{RELEASE}"


def ensure_base(log: Path) -> str:
    """The name of the base image, which is made when this machine has none. Raises CommandError."""
    try:
        run(["buildah", "inspect", "--type", "image", IMAGE], log)
    except CommandError:
        _make(log)
    return IMAGE


def _make(log: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        root, archive = Path(name) / "root", Path(name) / "root.tar"
        run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", RELEASE, root], log)
        run(["tar", "--directory", root, "--create", "--file", archive, "."], log)
        (Path(name) / "Dockerfile").write_text("FROM scratch\nADD root.tar /\n")
        run(["buildah", "bud", "--isolation", "chroot", "--tag", IMAGE, name], log)
