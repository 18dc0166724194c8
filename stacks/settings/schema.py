"""The JSON schema of the settings: what editors read, and where error messages find what is allowed."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from stacks.settings.faults import KeyPath
from stacks.settings.models import PlatformSettings

Node = dict[str, Any]


@lru_cache(maxsize=1)
def settings_schema() -> Node:
    """Return the JSON schema of a configuration file."""
    schema = PlatformSettings.model_json_schema()
    for node in [schema, *schema["$defs"].values()]:
        for name, entry in node["properties"].items():
            _tidy(name, entry)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def schema_text() -> str:
    """Return the content of `config/schema.json`."""
    return json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n"


def resolved(node: Node) -> Node:
    """Follow references, and take the one value out of a value-or-nothing."""
    if "anyOf" in node:
        return resolved({**node["anyOf"][0], **_about(node)})
    if "$ref" in node:
        return {**settings_schema()["$defs"][node["$ref"].rpartition("/")[2]], **_about(node)}
    return node


def branches(node: Node) -> dict[str, Node]:
    """Return the alternatives of a node whose keys depend on one of them, by that key's value."""
    mapping = cast(dict[str, str], node.get("discriminator", {"mapping": {}})["mapping"])
    return {value: resolved({"$ref": reference}) for value, reference in mapping.items()}


def branch(node: Node, value: object) -> Node:
    """Return the alternative that a value has chosen, or the node itself."""
    if "discriminator" not in node or not isinstance(value, dict):
        return node
    choice: Any = cast(Any, value).get(node["discriminator"]["propertyName"])
    return branches(node).get(choice, node) if isinstance(choice, str) else node


def child(node: Node, part: str | int) -> Node:
    """Return the node of a key or of a list's item; unknown keys allow anything."""
    if isinstance(part, int):
        return resolved(node.get("items", {}))
    additional: Node = node.get("additionalProperties") or {}
    return resolved(node.get("properties", {}).get(part, additional))


def containers(node: Node, value: Any, path: KeyPath = ()) -> Iterator[tuple[Node, Any, KeyPath]]:
    """Yield every mapping and list of a file, outermost first, with its schema node and its path."""
    if not isinstance(value, dict | tuple):
        return
    container = cast(dict[str, Any] | tuple[Any, ...], value)
    yield branch(node, container), container, path
    # Asked again, because whoever received the mapping may have corrected its keys.
    node = branch(node, container)
    inner = container.items() if isinstance(container, dict) else enumerate(container)
    for part, item in list(inner):
        yield from containers(child(node, part), item, (*path, part))


def _about(node: Node) -> Node:
    return {key: node[key] for key in ("description", "default") if key in node}


def _tidy(name: str, entry: Node) -> None:
    # Titles made from key names only repeat the key.
    if entry.get("title", "").lower().replace(" ", "_") == name:
        del entry["title"]
    # A pattern for keys, as generated, lets a key that does not match through.
    if patterns := cast(dict[str, Node], entry.pop("patternProperties", {})):
        [(pattern, values)] = patterns.items()
        entry["propertyNames"]["pattern"] = pattern
        entry["additionalProperties"] = values
