"""What an image holds: the files that its COPY instructions put into it, and the lock that it installs."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from emulator.images.dockerfile import Copy, DockerfileError, ImageConfiguration, Install
from emulator.images.dockerignore import context_files

LOCK = "requirements.txt"
CPU_LOCK = "requirements-cpu.txt"
"""An image whose own lock is for GPUs brings this one along for machines without, such as this one."""


@dataclass(frozen=True)
class Layers:
    """An image's files by their absolute path in it, the lock of its packages, and folders that may hold these."""

    files: Mapping[str, Path]
    lock: Path | None = None
    package_folders: tuple[str, ...] = ()


class BuildContexts:
    """The folders that an image is built from: the context, and named ones beside it."""

    def __init__(self, context: Path, named: Mapping[str, Path], lock: str | None) -> None:
        """`lock` is the file of the context that stands for its requirements.txt. Raises DockerfileError."""
        self._named = named
        self._files = _files(context)
        if lock is not None and lock not in self._files:
            raise DockerfileError(f"the lock of build argument LOCK is missing: {lock}")
        chosen = lock or (CPU_LOCK if CPU_LOCK in self._files else LOCK)
        if chosen in self._files:
            self._files[LOCK] = self._files[chosen]

    def layers(self, configuration: ImageConfiguration) -> Layers:
        """What the image holds in the end. Raises DockerfileError."""
        layers = Layers({})
        for step in configuration.steps:
            try:
                added = _installed(step, layers) if isinstance(step, Install) else self._copied(step, layers.files)
                layers = Layers(
                    {**layers.files, **added.files},
                    _one_lock(layers.lock, added.lock),
                    (*layers.package_folders, *added.package_folders),
                )
            except DockerfileError as error:
                raise DockerfileError(f"line {step.line}: {error}") from None
        return layers

    def _copied(self, copy: Copy, present: Mapping[str, Path]) -> Layers:
        if isinstance(copy.origin, ImageConfiguration):
            return self._copied_from_stage(copy, self.layers(copy.origin), present)
        if isinstance(copy.origin, str):
            if copy.origin not in self._named:
                raise DockerfileError(f"COPY --from={copy.origin} needs --build-context {copy.origin}=FOLDER")
            return Layers(_placed(copy, _files(self._named[copy.origin]), present))
        return Layers(_placed(copy, self._files, present))

    def _copied_from_stage(self, copy: Copy, stage: Layers, present: Mapping[str, Path]) -> Layers:
        """Files that the stage has copied itself, or its packages, with one of the folders that may hold them."""
        known = {path.removeprefix("/"): file for path, file in stage.files.items()}
        if not any(_overlap(source, folder) for source in copy.sources for folder in stage.package_folders):
            return Layers(_placed(copy, known, present))
        with_files = any(_matches(name, posixpath.normpath(s.lstrip("/"))) for name in known for s in copy.sources)
        files = _placed(copy, known, present) if with_files else {}
        return Layers(files, stage.lock, stage.package_folders)


def _overlap(one: str, other: str) -> bool:
    return posixpath.commonpath([posixpath.join("/", one), other]) in (posixpath.normpath(one), other)


def _files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in context_files(folder)}


def _installed(install: Install, layers: Layers) -> Layers:
    lock = layers.lock
    for name in install.locks:
        if name not in layers.files:
            raise DockerfileError(f"RUN pip install -r {name}: no COPY has put this file there")
        lock = _one_lock(lock, layers.files[name])
    return Layers({}, lock, install.folders)


def _one_lock(before: Path | None, added: Path | None) -> Path | None:
    if before and added and before.read_bytes() != added.read_bytes():
        raise DockerfileError(f"packages of one lock are available here, got: {before.name} and {added.name}")
    return added or before


def _placed(copy: Copy, available: Mapping[str, Path], present: Mapping[str, Path]) -> dict[str, Path]:
    """Where in the image each file goes, by Docker's rules: a folder's contents, or a file by its own name."""
    placed: dict[str, Path] = {}
    below = copy.destination.rstrip("/") + "/"
    into = copy.into_folder or any(path.startswith(below) for path in present)
    for source in copy.sources:
        pattern = posixpath.normpath(source.lstrip("/") or ".")
        found = {name: file for name, file in available.items() if _matches(name, pattern)}
        if not found:
            raise DockerfileError(f"COPY {source}: no such file or folder")
        for name, file in found.items():
            matched = _matched_part(name, pattern)
            if name != matched:
                inside = posixpath.relpath(name, matched or ".")
                placed[posixpath.join(copy.destination, inside)] = file
            elif into or len(found) > 1:
                placed[posixpath.join(copy.destination, posixpath.basename(name))] = file
            else:
                placed[copy.destination] = file
    return placed


def _matches(name: str, pattern: str) -> bool:
    return pattern == "." or fnmatchcase(_matched_part(name, pattern), pattern)


def _matched_part(name: str, pattern: str) -> str:
    """As many leading parts of `name` as `pattern` has; the file is inside of what they name, or is it."""
    return "" if pattern == "." else "/".join(name.split("/")[: pattern.count("/") + 1])
