"""Values of a definition that only an execution fills in: ``Get``, ``Std:Join`` and ``Std:JsonGet``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

EXECUTION = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)
"""What every execution has, by the last part of ``Execution.…``."""

Function = Literal["Get", "Std:Join", "Std:JsonGet"]
_FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
_STEP = re.compile(r"Steps\.([^.\[\]]+)(.*)", re.DOTALL)
_PART = re.compile(r"\.?([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']*)'\]")


@dataclass(frozen=True)
class Reference:
    """A ``Get``: its ``path`` as written, and for one of a step, that step's name and what is asked of it."""

    path: str
    step: str = ""
    asked: str = ""

    @staticmethod
    def of(path: str) -> "Reference":
        """The reference that ``{"Get": path}`` is."""
        found = _STEP.fullmatch(path)
        return Reference(path, found[1], found[2].removeprefix(".")) if found else Reference(path)


def function_of(value: object) -> Function | None:
    """The function that ``value`` is, or None for a value that stands for itself."""
    if not isinstance(value, Mapping) or len(cast(Mapping[str, Any], value)) != 1:
        return None
    [name] = cast(Mapping[str, Any], value)
    return name if name in _FUNCTIONS else None


def members_of(value: object) -> Mapping[str, Any]:
    """``value`` as a JSON object; an empty one for anything else."""
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def entries_of(value: object) -> list[Any]:
    """``value`` as a JSON array; an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def structures_of(value: object) -> list[Mapping[str, Any]]:
    """``value`` as a JSON array of objects: an entry that is none counts as an empty one."""
    return [members_of(each) for each in entries_of(value)]


def references(value: object, path: str = "") -> Iterator[tuple[str, Reference]]:
    """Each ``Get`` within ``value``, with the path of the value that it stands in."""
    if isinstance(value, Mapping):
        members = cast(Mapping[str, Any], value)
        function = function_of(members)
        if function == "Get":
            yield path, Reference.of(str(members["Get"]))
        elif function:
            for inner in _operands(members[function]):
                yield from references(inner, path)
        else:
            for name, item in members.items():
                yield from references(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)):
            yield from references(item, f"{path}[{index}]")


def functions(value: object, name: Function, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each function ``name`` within ``value`` is given, with its path."""
    if isinstance(value, Mapping):
        members = cast(Mapping[str, Any], value)
        found = function_of(members)
        if found == name and isinstance(members[name], Mapping):
            yield path, members[name]
        inside = _operands(members[found]) if found else ()
        for inner in inside:
            yield from functions(inner, name, path)
        if not found:
            for member, item in members.items():
                yield from functions(item, name, f"{path}.{member}" if path else member)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)):
            yield from functions(item, name, f"{path}[{index}]")


def path_parts(asked: str) -> list[str | int] | None:
    """``A.B['c'][0]`` as members, names and indices; None where it is not such a path."""
    parts: list[str | int] = []
    place = 0
    while place < len(asked):
        found = _PART.match(asked, place)
        if not found or (found[1] and place and asked[place] != "."):
            return None
        parts.append(int(found[2]) if found[2] else found[1] or found[3])
        place = found.end()
    return parts


def _operands(given: object) -> list[object]:
    return [item for inner in members_of(given).values() for item in entries_of(inner) or [inner]]
