"""The program that a job names instead of its image's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.containers.container import ContainerFolders
from emulator.containers.errors import DataPlaneError
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
        """What of it does not run here, in whichever image."""
        named = any(word.startswith(_BASE) for word in self.arguments)
        if (self.entrypoint or named) and not ContainerFolders.enclosed():
            yield "programs with paths of their own, as this machine allows no namespaces where /opt/ml is the job's"

    def of(self, image: LocalImage) -> LocalImage:
        """The image with this entry point: Python, or a program of the image that is written in it.

        Raises DataPlaneError for any other.
        """
        if not self.entrypoint:
            return image
        name, *words = self.entrypoint
        if not Path(name).name.startswith("python"):
            program = image.python_program(name)
            if program is None:
                raise DataPlaneError(
                    f"the emulator does not run: ContainerEntrypoint that does not start python ({name})"
                )
            words = [str(program), *words]
        return replace(image, entrypoint=("python", *words), command=())


def inside(base: Path, container_path: str) -> Path:
    """Where a path of the container below `/opt/ml` is on this machine."""
    return base / container_path.removeprefix(_BASE)
