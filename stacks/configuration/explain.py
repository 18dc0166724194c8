"""Turns what validation found into faults in words: unknown keys, missing keys, wrong values, wrong sizes."""

from collections.abc import Iterator, Sized
from typing import cast

from pydantic_core import ErrorDetails

from stacks.configuration.document import UNREADABLE, Document
from stacks.configuration.faults import Fault, KeyPath, shown
from stacks.configuration.schema import Node, branch, child, containers
from stacks.configuration.words import allowed, choice, nearest, noun


def correct_keys(document: Document, tree: Node) -> Iterator[Fault]:
    """Yield misspelled keys, and take each for the key it means.

    So the value is checked all the same, and the right key does not count as missing.
    """
    for node, mapping, path in containers(tree, document.data):
        keys = _keys(node)
        for key in [key for key in mapping if isinstance(key, str) and keys and key not in keys]:
            meant = nearest(key, [right for right in keys if right not in mapping])
            if meant is not None:
                yield Fault((*path, key), _unknown_key(key, keys), document.line((*path, key)))
                document.rename_key(path, key, meant)


def wrong_sizes(document: Document, tree: Node) -> Iterator[Fault]:
    """Yield the mappings and lists with too few or too many entries."""
    # Validation itself counts valid items only, and stops counting at the first that is too many.
    for node, value, path in containers(tree, document.data):
        limits = ("minProperties", "maxProperties") if isinstance(value, dict) else ("minItems", "maxItems")
        size = len(cast(Sized, value))
        smallest, largest = (node.get(limit, size) for limit in limits)
        if not smallest <= size <= largest:
            yield Fault(
                path, f"{shown(document.value(path))} is not allowed; allowed: {allowed(node)}", document.line(path)
            )


def explained(error: ErrorDetails, document: Document, tree: Node) -> Fault | None:
    """Return a validation error as a fault, None if another fault says it already."""
    node, path, is_key = _located(error["loc"], tree)
    value = document.value(path)
    match error["type"]:
        case "too_short" | "too_long":
            return None
        case "missing":
            message = f"required key is missing; allowed: {allowed(node)}"
        case "extra_forbidden":
            parent, parent_path, _ = _located(error["loc"][:-1], tree)
            key = str(error["loc"][-1])
            path = (*parent_path, key)
            value = document.value(path)
            message = _unknown_key(key, _keys(branch(parent, document.value(parent_path))))
        case "union_tag_not_found":
            path = (*path, node["chooser"])
            message = f"required key is missing; allowed: {choice(None, list(node['branches']))}"
        case "union_tag_invalid":
            path = (*path, node["chooser"])
            value = document.value(path)
            message = f"{shown(value)} is not a {node['title']}; allowed: {choice(value, list(node['branches']))}"
        case _ if is_key:
            message = f"the key is not allowed; allowed: {allowed(node)}"
        case _ if noun(node):
            message = f"{shown(value)} is not a {noun(node)}; allowed: {choice(value, node['enum'])}"
        case _:
            message = f"{shown(value)} is not allowed; allowed: {allowed(node)}"
    return None if value is UNREADABLE else Fault(path, message, document.line(path))


def _located(loc: tuple[str | int, ...], tree: Node) -> tuple[Node, KeyPath, bool]:
    """Return the schema node and the path in the file that an error's location means, and whether it is the key."""
    node = tree
    keys: Node = {}
    path: KeyPath = ()
    for part in loc:
        if part == "[key]" and keys:
            return keys, path, True
        if isinstance(part, str) and part in node.get("branches", {}):
            node = node["branches"][part]
        else:
            keys = node.get("propertyNames", {})
            node, path = child(node, part), (*path, part)
    return node, path, False


def _keys(node: Node) -> list[str]:
    if "branches" in node:
        return list(dict.fromkeys(key for one in node["branches"].values() for key in one["properties"]))
    return list(node.get("properties", {}))


def _unknown_key(key: str, keys: list[str]) -> str:
    return f"unknown key; allowed: {choice(key, keys)}"
