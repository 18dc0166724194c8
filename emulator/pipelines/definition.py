"""A pipeline's definition: its parameters and steps, and what each step waits for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from emulator.shapes.errors import ServiceError

Trigger = Literal["Completed", "Failed", "Stopped", "Any"]

_VERSION = "2020-12-01"
_TYPES = ("String", "Integer", "Float", "Boolean")
_STEP_OF = re.compile(r"Steps\.([A-Za-z0-9\-_]+)(?:\.|\[|$)")
_OF_OTHERS = ("IfSteps", "ElseSteps", "ForEachBody")
"""Members of arguments that hold whole steps."""
_NUMBERS = {"Integer": int, "Float": float}


@dataclass(frozen=True)
class DefinedParameter:
    """What an execution may be started with.

    Args:
        name: Its name.
        type: `String`, `Integer`, `Float` or `Boolean`.
        default: Its value if none is given; None when one has to be.
        allowed: The values of a string that has an enumeration.
    """

    name: str
    type: str
    default: Any = None
    allowed: Sequence[str] = ()

    def read(self, text: str) -> Any:
        """The value that a start names as text. Raises ServiceError for text that is no such value."""
        if self.allowed and text not in self.allowed:
            raise self._refused(text, f"one of {', '.join(self.allowed)}")
        if self.type == "Boolean":
            if text.lower() not in ("true", "false"):
                raise self._refused(text, "true or false")
            return text.lower() == "true"
        try:
            return _NUMBERS[self.type](text) if self.type in _NUMBERS else text
        except ValueError:
            raise self._refused(text, f"a value of type {self.type}") from None

    def _refused(self, text: str, wanted: str) -> ServiceError:
        return ServiceError("ValidationException", f"Parameter '{self.name}' must be {wanted}, got: {text}")


@dataclass(frozen=True)
class Awaited:
    """A step that another one waits for, and the end of it that lets the other one begin."""

    step: str
    trigger: Trigger = "Completed"


@dataclass(frozen=True)
class DefinedStep:
    """One step.

    Args:
        name: Its name.
        type: Such as `Training`.
        body: All of it, as the definition writes it.
        dependencies: What it waits for: what it names, and whose results it uses.
        branch: The condition step in one of whose branches it stands, and which; None outside of any.
        inner: The steps that a ForEach step repeats.
    """

    name: str
    type: str
    body: Mapping[str, Any]
    dependencies: Sequence[Awaited] = ()
    branch: tuple[str, bool] | None = None
    inner: Sequence[DefinedStep] = field(default=())

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Its arguments, unresolved and without the steps in them."""
        return {name: value for name, value in self.body.get("Arguments", {}).items() if name not in _OF_OTHERS}

    @property
    def before(self) -> Iterator[str]:
        """The steps that come before it, whatever the reason."""
        yield from (each.step for each in self.dependencies)
        if self.branch:
            yield self.branch[0]


@dataclass(frozen=True)
class ParsedDefinition:
    """All of it. Steps stand in the order of the text, those of branches after their condition."""

    parameters: Mapping[str, DefinedParameter]
    steps: Mapping[str, DefinedStep]

    @staticmethod
    def parse(text: str) -> ParsedDefinition:
        """Read a definition. Raises ServiceError for what is no definition at all.

        What is wrong within one is refused by the catalogue of AWS's rules, before it comes here.
        """
        try:
            read: Any = json.loads(text)
        except ValueError as error:
            raise _unreadable(f"Malformed JSON: {error}.") from None
        if not isinstance(read, dict) or not isinstance(steps := cast(Any, read).get("Steps"), list):
            raise _unreadable("Expecting start of Json Array.")
        whole = cast(dict[str, Any], read)
        if whole.get("Version") != _VERSION:
            raise _unreadable(f"Unknown Version '{whole.get('Version')}'.")
        parameters = {each["Name"]: _parameter(each) for each in _listed(whole, "Parameters")}
        named: dict[str, DefinedStep] = {}
        for step in _flat(cast(list[dict[str, Any]], steps), None):
            if step.name in named:
                raise _unreadable(f"Step '{step.name}' occurs more than once.")
            named[step.name] = step
        unknown = sorted(
            {f"{step.name} -> {name}" for step in named.values() for name in step.before} - _pairs(named)
        )
        if unknown:
            raise _unreadable(f"Steps depend on steps that do not exist: {', '.join(unknown)}.")
        _refuse_circles(named)
        return ParsedDefinition(parameters, named)

    def values(self, given: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The parameters' values of an execution that is started with these. Raises ServiceError."""
        texts = {each["Name"]: each["Value"] for each in given}
        unknown = sorted(set(texts) - set(self.parameters))
        if unknown:
            raise ServiceError("ValidationException", f"Unknown parameters for this pipeline: {', '.join(unknown)}")
        values = {
            name: parameter.read(texts[name]) if name in texts else parameter.default
            for name, parameter in self.parameters.items()
        }
        missing = sorted(name for name, value in values.items() if value is None)
        if missing:
            raise ServiceError("ValidationException", f"Missing values for parameters: {', '.join(missing)}")
        return values


def references(value: object) -> Iterator[str]:
    """Every place that a value refers to, such as `Parameters.X`; steps within it are not searched."""
    if isinstance(value, dict):
        held = cast(dict[str, Any], value)
        if set(held) == {"Get"} and isinstance(held["Get"], str):
            yield held["Get"]
        for name, item in held.items():
            if name not in _OF_OTHERS:
                yield from references(item)
    elif isinstance(value, list):
        for item in cast(list[object], value):
            yield from references(item)


def _listed(held: Mapping[str, Any], name: str) -> list[Any]:
    return held.get(name) or []


def _parameter(given: Mapping[str, Any]) -> DefinedParameter:
    if given.get("Type") not in _TYPES:
        raise _unreadable(f"Unknown parameter type '{given.get('Type')}'.")
    return DefinedParameter(given["Name"], given["Type"], given.get("DefaultValue"), given.get("EnumValues") or ())


def _flat(steps: Sequence[Mapping[str, Any]], branch: tuple[str, bool] | None) -> Iterator[DefinedStep]:
    for body in steps:
        arguments: Mapping[str, Any] = body.get("Arguments") or {}
        name, kind = body.get("Name"), body.get("Type")
        if not isinstance(name, str) or not isinstance(kind, str):
            raise _unreadable("Every step needs a Name and a Type.")
        inner = [*_flat(_repeated(arguments.get("ForEachBody")), None)] if kind == "ForEach" else []
        own = {step.name for step in inner}
        waits = [each for each in _dependencies(body, inner) if each.step not in own]
        yield DefinedStep(name, kind, body, waits, branch, inner)
        for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
            yield from _flat(_listed(arguments, member), (name, outcome))


def _repeated(body: Any) -> Sequence[Mapping[str, Any]]:
    if body is None:
        return []
    return cast(list[dict[str, Any]], body) if isinstance(body, list) else [body]


def _dependencies(body: Mapping[str, Any], inner: Sequence[DefinedStep]) -> list[Awaited]:
    """What the step names, each with its trigger, then those whose results it uses."""
    named: dict[str, Awaited] = {}
    for each in _listed(body, "DependsOn"):
        found = Awaited(each) if isinstance(each, str) else Awaited(each["Step"], each.get("Trigger", "Completed"))
        named[found.step] = found
    used = [_STEP_OF.match(place) for place in references({k: v for k, v in body.items() if k != "DependsOn"})]
    for name in [*(found[1] for found in used if found), *(name for step in inner for name in step.before)]:
        named.setdefault(name, Awaited(name))
    return [*named.values()]


def _pairs(steps: Mapping[str, DefinedStep]) -> set[str]:
    return {f"{step.name} -> {name}" for step in steps.values() for name in step.before if name in steps}


def _refuse_circles(steps: Mapping[str, DefinedStep]) -> None:
    left = dict(steps)
    while left:
        free = [name for name, step in left.items() if not set(step.before) & set(left)]
        if not free:
            raise _unreadable(f"Steps depend on each other in a circle: {', '.join(sorted(left))}.")
        for name in free:
            del left[name]


def _unreadable(reason: str) -> ServiceError:
    return ServiceError("ValidationException", f"Unable to parse pipeline definition. {reason}")
