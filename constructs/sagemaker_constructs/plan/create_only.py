"""Which properties CloudFormation replaces a resource for, from the resource schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import is_list, is_structure

_FILE = Path(__file__).with_suffix(".json")

UPDATE, PERHAPS, REPLACEMENT = "update", "perhaps", "replacement"


@cache
def _schemas() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def is_described(kind: str) -> bool:
    """Whether the schema of a type is at hand."""
    return kind in _schemas()


def requirement(kind: str, path: Sequence[str], old: Any, new: Any) -> str:
    """What a change of the property at ``path``, from ``old`` to ``new``, requires of a resource of a type."""
    if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource":
        return UPDATE
    if not is_described(kind):
        return PERHAPS
    schema = _schemas()[kind]
    if any(_is_hit(entry.split("/"), path, old, new) for entry in schema.get("always", ())):
        return REPLACEMENT
    return PERHAPS if any(_is_hit(each.split("/"), path, old, new) for each in schema.get("perhaps", ())) else UPDATE


def names_of(kind: str) -> Sequence[str]:
    """The properties that give a resource of a type a name which no other resource may have."""
    return _schemas().get(kind, {}).get("names", ())


def _is_hit(entry: Sequence[str], path: Sequence[str], old: Any, new: Any) -> bool:
    """Whether the change touches ``entry``: it lies within, or its own values differ there."""
    common = min(len(entry), len(path))
    if any(left not in ("*", right) for left, right in zip(entry[:common], path[:common], strict=True)):
        return False
    return len(path) >= len(entry) or _at(old, entry[common:]) != _at(new, entry[common:])


def _at(value: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    if parts[0] == "*" and is_list(value):
        return [_at(each, parts[1:]) for each in value]
    return _at(value.get(parts[0]), parts[1:]) if is_structure(value) else None
