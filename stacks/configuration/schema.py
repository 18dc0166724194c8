"""The JSON schema of the settings: what editors read, and where error messages find what is allowed."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from stacks.configuration.attribute_docstrings import attribute_docstrings
from stacks.configuration.faults import KeyPath
from stacks.configuration.section import SettingsSection

Node = dict[str, Any]


def json_schema(model: type[SettingsSection]) -> Node:
    """Return the JSON schema of a file that holds ``model``."""
    schema = model.model_json_schema(schema_generator=_Described)
    for node in [schema, *schema["$defs"].values()]:
        for name, entry in node["properties"].items():
            _tidy(name, entry)
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def schema_text(model: type[SettingsSection]) -> str:
    """Return the content of `config/schema.json`."""
    return json.dumps(json_schema(model), indent=2, ensure_ascii=False) + "\n"


@lru_cache(maxsize=1)
def schema_tree(model: type[SettingsSection]) -> Node:
    """Return the same without references: each node holds all that it allows.

    A section's `about` is its model's description, where `description` is that of the key. A section that depends
    on one of its keys, `chooser`, has `branches` by that key's value.
    """
    schema = json_schema(model)
    return _unfolded({**schema, "about": schema["description"]}, schema["$defs"])


def branch(node: Node, value: object) -> Node:
    """Return the branch that a value has chosen, or the node itself."""
    if "branches" not in node or not isinstance(value, dict):
        return node
    choice: Any = cast(Any, value).get(node["chooser"])
    return node["branches"].get(choice, node) if isinstance(choice, str) else node


def child(node: Node, part: str | int) -> Node:
    """Return the node of a key or of a list's item; unknown keys allow anything."""
    if isinstance(part, int):
        return node.get("items", {})
    additional: Node = node.get("additionalProperties") or {}
    return node.get("properties", {}).get(part, additional)


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


class _Described(GenerateJsonSchema):
    """Adds the docstrings of keys. Pydantic would look for them whenever settings are read, which takes its time."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        docstrings = attribute_docstrings(schema["cls"], below=SettingsSection)
        for name, entry in found.get("properties", {}).items():
            if name in docstrings:
                entry.setdefault("description", docstrings[name])
        return found


def _unfolded(node: Node, definitions: Node) -> Node:
    if "anyOf" in node:
        # A value or nothing.
        return _unfolded({**node["anyOf"][0], **_of_key(node)}, definitions)
    if "$ref" in node:
        definition = definitions[node["$ref"].rpartition("/")[2]]
        return _unfolded({**definition, "about": definition.get("description", ""), **_of_key(node)}, definitions)
    if "discriminator" in node:
        chosen = node["discriminator"]
        branches = {value: _unfolded({"$ref": ref}, definitions) for value, ref in chosen["mapping"].items()}
        return {**node, "chooser": chosen["propertyName"], "branches": branches}
    node = dict(node)
    if "properties" in node:
        node["properties"] = {key: _unfolded(entry, definitions) for key, entry in node["properties"].items()}
    for inner in ("items", "additionalProperties"):
        if isinstance(node.get(inner), dict):
            node[inner] = _unfolded(node[inner], definitions)
    return node


def _of_key(node: Node) -> Node:
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
