"""What the resource types of this package share: names, numbers that arrive as strings, registration."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, cast

from emulator.shapes.service_model import Shape


def generated_name(stack_name: str, logical_id: str, longest: int = 63) -> str:
    """A name like CloudFormation's: stack, logical id and a random end, cut in front of the end."""
    end = uuid.uuid4().hex[:12]
    start = re.sub(r"[^A-Za-z0-9]+", "-", f"{stack_name}-{logical_id}")[: longest - len(end) - 1].strip("-")
    return f"{start}-{end}"


def fitted(shape: Shape, value: Any, dropped: list[str] | None = None) -> Any:
    """Bring template values into the types of an API shape.

    CloudFormation accepts `"2"` for 2 and `"true"` for true. Members that the API does not have are left
    out and named in `dropped`.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        given = cast(Mapping[str, Any], value)
        if dropped is not None:
            dropped.extend(name for name in given if name not in shape.members)
        return {
            name: fitted(shape.members[name], item, dropped)
            for name, item in given.items()
            if name in shape.members and item is not None
        }
    if kind == "list" and isinstance(value, list):
        return [fitted(shape.member, item, dropped) for item in cast(list[Any], value)]
    if kind == "map" and isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value).items()
        return {str(name): fitted(shape.value, item, dropped) for name, item in items}
    return _scalar(kind, value)


def api_names(shape: Shape, value: Any) -> Any:
    """Template values under the names of an API shape, where these differ in the case of letters alone."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = {name.lower(): name for name in shape.members}
        renamed: dict[str, Any] = {}
        for name, item in cast(Mapping[str, Any], value).items():
            known = members.get(name.lower())
            renamed[known or name] = api_names(shape.members[known], item) if known else item
        return renamed
    if kind == "list" and isinstance(value, list):
        return [api_names(shape.member, item) for item in cast(list[Any], value)]
    return value


def api_tags(tags: Any) -> list[dict[str, str]]:
    """A template's tags as an API takes them: strings, whatever the template wrote."""
    given = cast(list[Mapping[str, Any]], tags or [])
    return [{"Key": str(tag["Key"]), "Value": str(tag["Value"])} for tag in given]


def _scalar(kind: str, value: Any) -> Any:
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind in ("integer", "long") and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind in ("float", "double") and isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            return value
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value
