"""Check a request against its botocore shape as the real services do.

botocore's own validator leaves enums, maxima, patterns and unknown members to the service; here they
are checked too, and every fault of a request is reported in one message.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import Shape

_JAVA_CLASSES = {
    r"\p{L}": "a-zA-ZÀ-ɏ",
    r"\p{Z}": r"\s",
    r"\p{N}": "0-9",
    r"\p{M}": "̀-ͯ",
    r"\p{P}": re.escape("!\"#%&'()*,-./:;?@[]_{}"),
    r"\p{S}": re.escape("$+<=>^`|~"),
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{IsAlphabetic}": "a-zA-Z",
}
_MOST_SHOWN = 10
_NUMERIC = ("integer", "long", "float", "double")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
}


def _python_pattern(pattern: str) -> str:
    """Java's Unicode classes in Python's syntax; inside a character class they need no brackets."""
    result, inside, position = "", False, 0
    while position < len(pattern):
        java = next((name for name in _JAVA_CLASSES if pattern.startswith(name, position)), None)
        if java:
            result += _JAVA_CLASSES[java] if inside else f"[{_JAVA_CLASSES[java]}]"
            position += len(java)
            continue
        width = 2 if pattern[position] == "\\" else 1
        token = pattern[position : position + width]
        inside = True if token == "[" else False if token == "]" else inside
        result += token
        position += width
    return result


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(_python_pattern(pattern))
    except re.error:
        return None


def _constraint(value: object, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"


def _bounds(shape: Shape, size: float, value: object, path: str, what: str) -> Iterator[str]:
    minimum, maximum = shape.metadata.get("min"), shape.metadata.get("max")
    if minimum is not None and size < minimum:
        yield _constraint(value, path, f"Member must have {what} greater than or equal to {minimum}")
    if maximum is not None and size > maximum:
        yield _constraint(value, path, f"Member must have {what} less than or equal to {maximum}")


def _shown(allowed: Sequence[str], value: str) -> str:
    """All allowed values, or the ones most like the given value when there are many."""
    if len(allowed) <= _MOST_SHOWN:
        return ", ".join(allowed)
    return ", ".join([*difflib.get_close_matches(value, allowed, _MOST_SHOWN, 0.0), "..."])


def _string_faults(shape: Shape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _constraint(value, path, f"Member must satisfy enum value set: [{_shown(shape.enum, value)}]")
        return
    yield from _bounds(shape, len(value), value, path, "length")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled is not None and not compiled.fullmatch(value):
        yield _constraint(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _structure_faults(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield _constraint("null", f"{prefix}{name[:1].lower()}{name[1:]}", "Member must not be null")
    for name, item in value.items():
        if name not in shape.members:
            yield f"Unknown parameter '{prefix}{name}', must be one of: {', '.join(shape.members)}"
        elif item is not None:
            yield from faults(shape.members[name], item, f"{prefix}{name[:1].lower()}{name[1:]}")


def _has_type(kind: str, value: object) -> bool:
    expected = _TYPES.get(kind)
    if isinstance(value, bool):
        return expected in (bool, None)
    return expected is None or isinstance(value, expected)


def faults(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Yield one sentence per fault of `value` against `shape`; nothing when it fits."""
    kind = shape.type_name
    if not _has_type(kind, value):
        yield f"Invalid type for parameter {path or shape.name}, value: {value!r}, must be a {kind}"
    elif kind == "structure":
        yield from _structure_faults(shape, value, path)
    elif kind == "list":
        yield from _bounds(shape, len(value), value, path, "length")
        for position, item in enumerate(value, start=1):
            yield from faults(shape.member, item, f"{path}.{position}.member")
    elif kind == "map":
        yield from _bounds(shape, len(value), value, path, "length")
        for key, item in value.items():
            yield from faults(shape.key, key, f"{path}.key")
            yield from faults(shape.value, item, f"{path}.{key}.member")
    elif kind == "string":
        yield from _string_faults(shape, value, path)
    elif kind in _NUMERIC:
        yield from _bounds(shape, value, value, path, "value")


def validate(shape: Shape | None, request: Mapping[str, Any], code: str = "ValidationException") -> None:
    """Raise a `ServiceError` that lists every fault of the request; return when there is none."""
    if shape is None:
        return
    found = list(faults(shape, request))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise ServiceError(code, f"{len(found)} validation error{plural} detected: {'; '.join(found)}")
