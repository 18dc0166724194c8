"""The program that a job names instead of its image's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.containers.container import ContainerFolders
from emulator.images.store import LocalImage

_BASE = "/opt/ml/"


@dataclass(frozen=True)
class JobProgram:
    """Entry point and arguments of a job.

    Args:
        entrypoint: ContainerEntrypoint; empty for that of the image.
        arguments: ContainerArguments, or what SageMaker gives to the image's own entry point.
    """

    entrypoint: Sequence[str]
    arguments: Sequence[str]

    def problems(self) -> Iterator[str]:
        """What of it does not run here."""
        if self.entrypoint and not Path(self.entrypoint[0]).name.startswith("python"):
            yield f"ContainerEntrypoint that does not start python ({self.entrypoint[0]})"
        named = any(word.startswith(_BASE) for word in self.arguments)
        if (self.entrypoint or named) and not ContainerFolders.enclosed():
            yield "programs with paths of their own, as this machine allows no namespaces where /opt/ml is the job's"

    def of(self, image: LocalImage) -> LocalImage:
        """The image with this entry point."""
        if not self.entrypoint:
            return image
        return replace(image, entrypoint=tuple(self.entrypoint), command=())


def inside(base: Path, container_path: str) -> Path:
    """Where a path of the container below `/opt/ml` is on this machine."""
    return base / container_path.removeprefix(_BASE)
