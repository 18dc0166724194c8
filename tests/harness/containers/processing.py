"""Processing jobs of the images, as real processes."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment

CODE = "processing/input/code"


@dataclass(frozen=True)
class Processed:
    base: Path
    exit_code: int
    output: str

    @property
    def message(self) -> str:
        return (self.base / "output" / "message").read_text()


Process = Callable[..., Processed]


def run_processing(
    image: LocalImage,
    base: Path,
    *arguments: str,
    files: Mapping[str, str] | None = None,
    **configuration: object,
) -> Processed:
    """Run `process` with these files below `base`, and descriptions by the names of their files."""
    for name, document in configuration.items():
        write(base / "config" / f"{name}.json", json.dumps(document))
    for name, content in (files or {}).items():
        write(base / name, content)
    done = subprocess.run(
        image.command_line(["process", *arguments]),
        env=process_environment(image, base),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    return Processed(base, done.returncode, done.stdout + done.stderr)


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
