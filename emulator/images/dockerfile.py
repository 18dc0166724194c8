"""What the emulator reads of a Dockerfile: how the final image is started."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_STAGE = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+[Aa][Ss]\s+(\S+))?\s*$")


class DockerfileError(Exception):
    """The Dockerfile says something that cannot be started without a container engine."""


@dataclass(frozen=True)
class ContextCopy:
    """A `COPY --from=NAME SOURCE DESTINATION` from a named build context; the destination is below WORKDIR."""

    context: str
    source: str
    destination: str


@dataclass(frozen=True)
class ImageConfiguration:
    """How an image starts: the instructions of its last stage, with those of the stages it is built on."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    folder: str = "/"
    copies: tuple[ContextCopy, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, str] = field(default_factory=dict[str, str])


def parse_dockerfile(text: str, target: str | None = None) -> ImageConfiguration:
    """Read ENTRYPOINT, CMD, ENV, LABEL, WORKDIR and copies from named contexts of the last stage, or of `target`.

    Raises DockerfileError for shell-form ENTRYPOINT or CMD, an unknown target, a file without FROM, or a copy from
    a named context to a place that is not below the last WORKDIR.
    """
    stages: dict[str, ImageConfiguration] = {}
    current: ImageConfiguration | None = None
    name = ""
    for instruction, argument in _instructions(text):
        if instruction == "FROM":
            if current is not None and name == target:
                break
            match = _STAGE.match(argument)
            base, alias = match.groups() if match else (argument, None)
            current = stages.get(base, ImageConfiguration())
            name = alias or str(len(stages))
            stages[name] = current
        elif current is not None and instruction == "COPY":
            copies = [copy for copy in _context_copies(argument) if copy.context not in stages]
            current = stages[name] = replace(current, copies=(*current.copies, *copies))
        elif current is not None:
            current = stages[name] = _apply(current, instruction, argument)
    if current is None:
        raise DockerfileError("the Dockerfile has no FROM")
    if target is not None and name != target:
        raise DockerfileError(f"the Dockerfile has no stage '{target}' (stages: {', '.join(stages)})")
    return replace(current, copies=tuple(_below(current.folder, copy) for copy in current.copies))


def _context_copies(argument: str) -> list[ContextCopy]:
    """The copies of a COPY instruction from a name that is neither an image (`:` or `/`) nor the build context."""
    words = shlex.split(argument)
    names = [word.partition("=")[2] for word in words if word.startswith("--from=")]
    if not names or any(mark in names[0] for mark in ":/"):
        return []
    *sources, destination = [word for word in words if not word.startswith("--")]
    return [ContextCopy(names[0], source, destination) for source in sources]


def _below(folder: str, copy: ContextCopy) -> ContextCopy:
    destination = posixpath.normpath(posixpath.join(folder, copy.destination))
    if posixpath.commonpath([folder, destination]) != folder or folder == "/":
        raise DockerfileError(f"COPY --from={copy.context} must go below WORKDIR {folder}, got: {copy.destination}")
    return replace(copy, destination=posixpath.relpath(destination, folder))


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\[ \t]*\n", " ", "\n".join(lines))
    matches = (_INSTRUCTION.match(line) for line in joined.splitlines())
    return [(match[1].upper(), match[2].strip()) for match in matches if match]


def _apply(configuration: ImageConfiguration, instruction: str, argument: str) -> ImageConfiguration:
    match instruction:
        case "ENTRYPOINT":
            return replace(configuration, entrypoint=_exec_form(instruction, argument), command=())
        case "CMD":
            return replace(configuration, command=_exec_form(instruction, argument))
        case "ENV":
            return replace(configuration, environment=configuration.environment | _pairs(argument))
        case "WORKDIR":
            return replace(configuration, folder=posixpath.join(configuration.folder, argument))
        case "LABEL":
            return replace(configuration, labels=configuration.labels | _pairs(argument))
        case _:
            return configuration


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
