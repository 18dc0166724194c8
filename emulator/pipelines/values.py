"""What the functions of a definition stand for in an execution: `Get`, `Std:Join` and `Std:JsonGet`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

_PART = re.compile(r"\.?([A-Za-z0-9\-_]+)|\[(\d+)\]|\['([^']*)'\]")
_JSON_PART = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


class UnresolvedError(Exception):
    """A value that an execution does not have; its text says which, and why."""


class Files(Protocol):
    """Reads the objects that `Std:JsonGet` looks into."""

    def text(self, uri: str) -> str:
        """The object's text; raises UnresolvedError naming the URI."""
        ...


@dataclass(frozen=True)
class Values:
    """What an execution has at a time.

    Args:
        parameters: Values of the parameters.
        execution: Facts of the execution, such as `PipelineExecutionId`.
        steps: What each step that has ended gave, as its Describe call shows it.
        files: Reads property files.
        item: What `ForEach.CurrentItem` stands for; None outside a loop.
    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, Any]
    steps: Mapping[str, Any]
    files: Files
    item: Any = field(default=None)

    def resolved(self, value: Any) -> Any:
        """The value with all functions in it carried out. Raises UnresolvedError."""
        if isinstance(value, list):
            return [self.resolved(item) for item in cast(list[Any], value)]
        if not isinstance(value, dict):
            return value
        held = cast(dict[str, Any], value)
        if set(held) == {"Get"} and isinstance(held["Get"], str):
            return self._got(held["Get"])
        if set(held) == {"Std:Join"}:
            parts = [_as_text(self.resolved(item)) for item in held["Std:Join"]["Values"]]
            return str(held["Std:Join"].get("On", "")).join(parts)
        if set(held) == {"Std:JsonGet"}:
            return self._read(held["Std:JsonGet"])
        return {name: self.resolved(item) for name, item in held.items()}

    def _got(self, place: str) -> Any:
        root, _, rest = place.partition(".")
        if root == "Parameters":
            return _known(self.parameters, rest, place)
        if root == "Execution":
            return _known(self.execution, rest, place)
        if root == "ForEach" and rest == "CurrentItem":
            return self.item
        step = _PART.match(rest) if root == "Steps" else None
        if step is None or step[1] is None:
            raise UnresolvedError(f"{place} is no place in a pipeline.")
        return _walked(_known(self.steps, step[1], place), rest[step.end() :], place, _PART)

    def _read(self, asked: Mapping[str, Any]) -> Any:
        uri = str(self.resolved(asked["S3Uri"])) if "S3Uri" in asked else str(self.resolved(asked["PropertyFile"]))
        try:
            read: Any = json.loads(self.files.text(uri))
        except ValueError:
            raise UnresolvedError(f"{uri} holds no JSON.") from None
        return _walked(read, str(asked["Path"]), f"{asked['Path']} in {uri}", _JSON_PART)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _known(held: Mapping[str, Any], name: str, place: str) -> Any:
    if name not in held:
        raise UnresolvedError(f"{place} has no value.")
    return held[name]


def _walked(value: Any, path: str, place: str, part: re.Pattern[str]) -> Any:
    """Follow a path of members, positions and names into a value."""
    position = 0
    while position < len(path):
        found = part.match(path, position)
        if found is None:
            raise UnresolvedError(f"{place} is no path.")
        position = found.end()
        value = _entered(value, found[1] or found[3], int(found[2]) if found[2] else None, place)
    return value


def _entered(value: Any, name: str | None, index: int | None, place: str) -> Any:
    if index is not None and isinstance(value, list) and index < len(cast(list[Any], value)):
        return cast(list[Any], value)[index]
    if name is not None and isinstance(value, dict) and name in value:
        return cast(dict[str, Any], value)[name]
    if name is not None and isinstance(value, list):
        # A list of Describe is entered by what names its items: OutputName, ChannelName and so on.
        for item in cast(list[Any], value):
            held = cast(dict[str, Any], item) if isinstance(item, dict) else {}
            if any(key.endswith("Name") and held[key] == name for key in held):
                return held
    raise UnresolvedError(f"{place} has no value.")
