"""What the emulator reads of a Dockerfile: how the final image is started, and what it is made of."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from emulator.images.run_instruction import Installation, RunError

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_STAGE = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?\s*$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_COPY_OPTIONS = ("--from", "--chown", "--chmod", "--link")
NO_EFFECT = ("EXPOSE", "HEALTHCHECK", "MAINTAINER", "STOPSIGNAL", "USER", "VOLUME")
"""Instructions that change nothing here: a container is a process of the emulator's user, on this machine."""


class DockerfileError(Exception):
    """The Dockerfile says something that does not run without a container engine; the message names the line."""


@dataclass(frozen=True)
class Copy:
    """A COPY: `sources` of a stage, of a named build context (by its name), or of the context itself (None)."""

    line: int
    origin: ImageConfiguration | str | None
    sources: tuple[str, ...]
    destination: str
    into_folder: bool


@dataclass(frozen=True)
class Install:
    """A `pip install -r`: the packages of locks, by the locks' paths in the image, in one of `folders`."""

    line: int
    locks: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True)
class ImageConfiguration:
    """How an image starts, and the steps that make it: those of its last stage and of the stages it is built on."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    folder: str = "/"
    steps: tuple[Copy | Install, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def import_folders(self) -> list[str]:
        """Where its program imports from: the absolute entries of PYTHONPATH, then WORKDIR."""
        named = self.environment.get("PYTHONPATH", "").split(":")
        folders = [posixpath.normpath(name) for name in named if name.startswith("/")]
        return list(dict.fromkeys([*folders, self.folder]))


def parse_dockerfile(
    text: str, target: str | None = None, arguments: Mapping[str, str] | None = None
) -> ImageConfiguration:
    """Read the last stage, or `target`, with build `arguments`.

    Raises DockerfileError for what does not run here: see "Dockerfiles" in emulator/README.md.
    """
    return _Reading(arguments or {}).read(text, target)


class _Reading:
    """The stages of a Dockerfile, as they are read."""

    def __init__(self, arguments: Mapping[str, str]) -> None:
        self._given = arguments
        self._global: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self._stages: dict[str, ImageConfiguration] = {}
        self._name = ""

    def read(self, text: str, target: str | None) -> ImageConfiguration:
        for line, instruction, argument in _instructions(text):
            if instruction == "FROM" and self._stages and self._name == target:
                break
            try:
                self._take(line, instruction, argument)
            except (DockerfileError, RunError) as error:
                raise DockerfileError(f"line {line}: {error}") from None
        if not self._stages:
            raise DockerfileError("the Dockerfile has no FROM")
        if target is not None and self._name != target:
            raise DockerfileError(f"the Dockerfile has no stage '{target}' (stages: {', '.join(self._stages)})")
        return self._stages[self._name]

    def _take(self, line: int, instruction: str, argument: str) -> None:
        if instruction == "ARG":
            self._declare(argument)
        elif instruction == "FROM":
            match = _STAGE.match(argument)
            base, alias = match.groups() if match else (argument, None)
            self._name = alias or str(len(self._stages))
            self._stages[self._name] = self._stages.get(base, ImageConfiguration())
            self._arguments = {}
        elif self._stages:
            self._stages[self._name] = self._applied(self._stages[self._name], line, instruction, argument)

    def _declare(self, argument: str) -> None:
        name, equals, default = argument.partition("=")
        value = self._given.get(name, self._value(default.strip("\"'")) if equals else self._global.get(name))
        if value is not None:
            (self._arguments if self._stages else self._global)[name] = value

    def _value(self, text: str) -> str:
        known = {**(self._global if not self._stages else {}), **self._arguments}
        if self._stages:
            known |= self._stages[self._name].environment

        def value(match: re.Match[str]) -> str:
            return known.get(match[1] or match[3], match[2] or "")

        return _VARIABLE.sub(value, text)

    def _applied(
        self, configuration: ImageConfiguration, line: int, instruction: str, argument: str
    ) -> ImageConfiguration:
        match instruction:
            case "ENTRYPOINT":
                return replace(configuration, entrypoint=_exec_form(instruction, argument), command=())
            case "CMD":
                return replace(configuration, command=_exec_form(instruction, argument))
            case "ENV":
                return replace(configuration, environment=configuration.environment | _pairs(self._value(argument)))
            case "LABEL":
                return replace(configuration, labels=configuration.labels | _pairs(self._value(argument)))
            case "WORKDIR":
                folder = posixpath.join(configuration.folder, self._value(argument).strip("\"'"))
                return replace(configuration, folder=posixpath.normpath(folder))
            case "COPY":
                copy = self._copy(configuration, line, self._value(argument))
                return replace(configuration, steps=(*configuration.steps, copy))
            case "RUN":
                install = Installation(argument)
                locks, folders = (
                    tuple(posixpath.normpath(posixpath.join(configuration.folder, name)) for name in names)
                    for names in (install.locks, install.folders)
                )
                return replace(configuration, steps=(*configuration.steps, Install(line, locks, folders)))
            case _ if instruction in NO_EFFECT:
                return configuration
            case _:
                raise DockerfileError(f"{instruction} is not available here{_instead(instruction)}")

    def _copy(self, configuration: ImageConfiguration, line: int, argument: str) -> Copy:
        words = json.loads(argument) if argument.startswith("[") else shlex.split(argument)
        options = [word for word in words if word.startswith("--")]
        for option in options:
            if option.partition("=")[0] not in _COPY_OPTIONS:
                raise DockerfileError(f"COPY {option} is not available here")
        *sources, destination = [word for word in words if not word.startswith("--")] or [""]
        if not sources or sources[0].startswith("<<"):
            raise DockerfileError(f"COPY must name sources and a destination, got: {argument}")
        named = next((option.partition("=")[2] for option in options if option.startswith("--from=")), None)
        if named and any(mark in named for mark in ":/"):
            raise DockerfileError(f"COPY --from={named}: files of another image are not available here")
        if named is not None and named.isdecimal() and int(named) < len(self._stages):
            named = list(self._stages)[int(named)]
        into = len(sources) > 1 or destination.endswith(("/", ".")) or destination == configuration.folder
        place = posixpath.normpath(posixpath.join(configuration.folder, destination))
        origin = self._stages.get(named, named) if named is not None else None
        return Copy(line, origin, tuple(sources), place, into)


def _instead(instruction: str) -> str:
    return ": use COPY, with what it fetches or unpacks beside the Dockerfile" if instruction == "ADD" else ""


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Each instruction with the number of its first line; comments within it are left out, as Docker does."""
    pending, begun = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or (pending and not line.strip()):
            continue
        begun = begun if pending else number
        continued = re.fullmatch(r"(.*)\\[ \t]*", line)
        pending += f"{continued[1]} " if continued else line
        if not continued:
            if match := _INSTRUCTION.match(pending):
                yield begun, match[1].upper(), match[2].strip()
            pending = ""
    if match := _INSTRUCTION.match(pending):
        yield begun, match[1].upper(), match[2].strip()


def _exec_form(instruction: str, argument: str) -> tuple[str, ...]:
    try:
        words: list[object] = json.loads(argument)
    except ValueError:
        words = []
    if not words or not all(isinstance(word, str) for word in words):
        example = '["python", "-m", "tabular"]'
        raise DockerfileError(f"{instruction} must be in exec form, such as {example}, got: {argument}")
    return tuple(str(word) for word in words)


def _pairs(argument: str) -> dict[str, str]:
    words = shlex.split(argument)
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return {name: value for name, _, value in (word.partition("=") for word in words)}
