"""The arguments of a step against the shape of its call's input."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, cast

from sagemaker_constructs.core.pipeline_definitions.expressions import (
    Reference,
    entries_of,
    function_of,
    members_of,
)
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading
from sagemaker_constructs.core.pipeline_definitions.results import ANY, BOOLEAN, FLOAT, INTEGER, TEXT
from sagemaker_constructs.core.pipeline_definitions.step_types import ArgumentPart
from sagemaker_constructs.core.service_model import shape
from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.tokens import is_token

Wrong = Literal["unknown", "missing", "value", "type", "reference"]
_EXPECTED = {"string": TEXT, "integer": INTEGER, "long": INTEGER, "float": FLOAT, "double": FLOAT, "boolean": BOOLEAN}
_TAKEN = {TEXT: (TEXT,), INTEGER: (INTEGER,), FLOAT: (FLOAT, INTEGER), BOOLEAN: (BOOLEAN,)}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "timestamp": (str, int, float),
    "blob": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list, tuple),
}


@dataclass(frozen=True)
class ArgumentFault:
    """What is wrong at a path below the step: a member too much or too little, or a value that does not fit."""

    wrong: Wrong
    path: str
    got: str


@dataclass(frozen=True)
class _Walk:
    """The arguments of one step of a definition, and what to take its references for."""

    kind_of: Callable[[Reference], str | None]
    service: str

    def faults(self, name: str, value: object, path: str, omitted: tuple[str, ...] = ()) -> Iterator[ArgumentFault]:
        """What is wrong with ``value``, which stands where the shape ``name`` is expected."""
        if value is None or is_token(value):
            return
        described = _described(name, self.service)
        function = function_of(value)
        if function:
            yield from self._of_function(described, function, members_of(value)[function], path)
        elif not _is_of_type(described.type, value):
            yield ArgumentFault("type", path, f"{_words(value)} for {_expected_words(described.type)}")
        elif described.type == "structure":
            yield from self._of_structure(described, cast(Mapping[str, Any], value), path, omitted)
        elif described.type == "list":
            yield from _length(described, len(cast("list[object]", value)), path, "entries")
            for index, item in enumerate(cast("list[object]", value)):
                yield from self.faults(described.entry, item, f"{path}[{index}]")
        elif described.type == "map":
            members = cast(Mapping[str, Any], value)
            yield from _length(described, len(members), path, "entries")
            for key, item in members.items():
                yield from self.faults(described.key, key, f"{path}.{key}")
                yield from self.faults(described.entry, item, f"{path}.{key}")
        else:
            yield from _of_value(described, cast("str | int | float", value), path)

    def _of_structure(
        self, described: "_Described", given: Mapping[str, Any], path: str, omitted: tuple[str, ...]
    ) -> Iterator[ArgumentFault]:
        for member in described.required:
            if given.get(member) is None and member not in omitted:
                yield ArgumentFault("missing", f"{path}.{member}", "nothing")
        for member, item in given.items():
            known = described.members.get(member)
            if known is None:
                near = nearest_to(member, described.members)
                hint = f" (did you mean {' or '.join(near)}?)" if near else ""
                yield ArgumentFault("unknown", f"{path}.{member}", f"{member}{hint}")
            else:
                yield from self.faults(known, item, f"{path}.{member}")

    def _of_function(
        self, described: "_Described", function: str, given: object, path: str
    ) -> Iterator[ArgumentFault]:
        expected = _EXPECTED.get(described.type)
        if function == "Get":
            kind = self.kind_of(Reference.of(str(given)))
            written = str(given)
        elif function == "Std:Join":
            kind, written = TEXT, "Std:Join"
        else:
            return
        if kind in (None, ANY) or (kind == described.type):
            return
        if expected is None or kind not in _TAKEN[expected]:
            yield ArgumentFault("reference", path, f"{written}, {_a(kind)}, for {_expected_words(described.type)}")


@dataclass(frozen=True)
class _Described:
    """A shape, as it is asked for again and again."""

    type: str
    members: Mapping[str, str]
    required: tuple[str, ...]
    entry: str
    key: str
    allowed: frozenset[str]
    pattern: "re.Pattern[str] | None"
    minimum: float | None
    maximum: float | None


@cache
def _described(name: str, service: str) -> _Described:
    given = shape(name, service)
    entry: Mapping[str, str] = given.get("member") or given.get("value") or {}
    return _Described(
        given["type"],
        {member: each["shape"] for member, each in given.get("members", {}).items()},
        tuple(given.get("required", ())),
        entry.get("shape", ""),
        given.get("key", {}).get("shape", ""),
        frozenset(given.get("enum", ())),
        _pattern(given.get("pattern")),
        given.get("min"),
        given.get("max"),
    )


def _pattern(text: str | None) -> "re.Pattern[str] | None":
    """The pattern; None for one that Python does not understand, or that allows everything."""
    if not text or text == ".*":
        return None
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None


def _of_value(described: _Described, value: str | int | float, path: str) -> Iterator[ArgumentFault]:
    if isinstance(value, str):
        if described.allowed and value not in described.allowed:
            near = nearest_to(value, sorted(described.allowed))
            allowed = sorted(described.allowed)
            hint = f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(allowed[:12])}"
            yield ArgumentFault("value", path, f"{value!r}; {hint}")
        elif described.pattern and not described.pattern.fullmatch(value):
            yield ArgumentFault("value", path, f"{value!r}, which does not match {described.pattern.pattern}")
        yield from _length(described, len(value), path, "characters")
    elif described.minimum is not None and value < described.minimum:
        yield ArgumentFault("value", path, f"{value}, less than {described.minimum}")
    elif described.maximum is not None and value > described.maximum:
        yield ArgumentFault("value", path, f"{value}, more than {described.maximum}")


def _is_of_type(kind: str, value: object) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _length(described: _Described, length: int, path: str, of: str) -> Iterator[ArgumentFault]:
    if described.minimum is not None and length < described.minimum:
        yield ArgumentFault("value", path, f"{length} {of}, less than {described.minimum}")
    if described.maximum is not None and length > described.maximum:
        yield ArgumentFault("value", path, f"{length} {of}, more than {described.maximum}")


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return "a structure"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{value!r}, {_a(_name_of(value))},"


def _name_of(value: object) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    return {"int": INTEGER, "float": FLOAT, "str": TEXT}.get(type(value).__name__, type(value).__name__)


def _expected_words(kind: str) -> str:
    return _a(_EXPECTED.get(kind, kind))


def _a(kind: str | None) -> str:
    return f"an {kind}" if str(kind)[0] in "AEIOUaeiou" else f"a {kind}"


def _placed(part: ArgumentPart, step: StepReading) -> Iterator[tuple[str, object]]:
    """What stands where the part does, with its path."""
    name = part.place.removesuffix("[]")
    if not name:
        yield "Arguments", step.arguments
    elif part.place.endswith("[]"):
        given = entries_of(step.arguments.get(name))
        for index, each in enumerate(given):
            yield f"Arguments.{name}[{index}]", each
    elif step.arguments.get(name) is not None:
        yield f"Arguments.{name}", step.arguments[name]


def _faults_of(reading: PipelineReading, step: StepReading) -> Iterator[ArgumentFault]:
    for part in step.type.parts if step.type else ():
        walk = _Walk(reading.kind_of, part.service)
        for path, value in _placed(part, step):
            yield from walk.faults(part.shape, value, path, part.omitted)
            for member in part.refused:
                if members_of(value).get(member) is not None:
                    yield ArgumentFault("unknown", f"{path}.{member}", member)


@lru_cache(maxsize=2)
def argument_faults(reading: PipelineReading) -> tuple[tuple[StepReading, ArgumentFault], ...]:
    """All that is wrong with the arguments of all steps."""
    return tuple((step, fault) for step in reading.steps for fault in _faults_of(reading, step))
