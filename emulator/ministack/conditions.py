"""Conditions of templates that join texts, which MiniStack leaves as they are written, and so takes for different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from emulator.ministack.stack_hooks import cloudformation

_IMPORTING = ("engine", "changesets", "handlers", "stacks")
"""The modules of MiniStack that have the function by its name."""


def join_in_conditions() -> None:
    """Have ``Fn::Join`` carried out in conditions: the CDK's bootstrap asks by it whether a list is empty."""
    evaluate: Callable[..., Mapping[str, bool]] = cloudformation("engine")._evaluate_conditions

    def joined(template: Mapping[str, Any], parameters: Mapping[str, Any]) -> Mapping[str, bool]:
        conditions = template.get("Conditions")
        if not conditions:
            return evaluate(template, parameters)
        return evaluate({**template, "Conditions": _joined(conditions, parameters)}, parameters)

    for part in _IMPORTING:
        cloudformation(part)._evaluate_conditions = joined


def _joined(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_joined(each, parameters) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    if [*members] == ["Fn::Join"]:
        separator, items = members["Fn::Join"]
        texts = _texts(items, parameters)
        return members if texts is None else str(separator).join(texts)
    return {name: _joined(each, parameters) for name, each in members.items()}


def _texts(items: Any, parameters: Mapping[str, Any]) -> list[str] | None:
    """What is joined; None for what only MiniStack knows."""
    if isinstance(items, list):
        texts = [_text(each, parameters) for each in cast("list[Any]", items)]
        return None if None in texts else [text for text in texts if text is not None]
    listed = _text(items, parameters)
    # A list among the parameters is one text.
    return None if listed is None else [each.strip() for each in listed.split(",")]


def _text(item: Any, parameters: Mapping[str, Any]) -> str | None:
    if isinstance(item, str):
        return item
    name = str(cast("dict[str, Any]", item).get("Ref", "")) if isinstance(item, dict) else ""
    return str(parameters[name]["Value"]) if name in parameters else None
