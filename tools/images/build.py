"""One image of `containers/`."""

import re
from collections.abc import Mapping
from pathlib import Path

from tools.images.commands import run


def build(folder: Path, *, base: str, arguments: Mapping[str, str], options: list[str], log: Path) -> str:
    """Build the Dockerfile of a folder, with the folders beside it that it names; returns the image's name.

    Raises CommandError.
    """
    dockerfile = (folder / "Dockerfile").read_text()
    stages = {name.lower() for name in re.findall(r"^FROM \S+ AS (\S+)", dockerfile, re.MULTILINE | re.IGNORECASE)}
    contexts = set(re.findall(r"^COPY --from=([a-z0-9_-]+) ", dockerfile, re.MULTILINE)) - stages
    command: list[str | Path] = ["buildah", "bud", "--isolation", "chroot", "--network", "host", *options]
    for context in sorted(contexts):
        command += ["--build-context", f"{context}={folder.parent / context}"]
    for name, value in {"BASE_IMAGE": base, **arguments}.items():
        command += ["--build-arg", f"{name}={value}"]
    image = f"localhost/{folder.name}"
    run([*command, "--tag", image, folder], log)
    return image
