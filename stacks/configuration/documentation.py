"""Writes `docs/configuration.md` from the settings' models, so that the page cannot go stale."""

from collections.abc import Iterator

from stacks.configuration.schema import Node, schema_tree
from stacks.configuration.section import SettingsSection
from stacks.configuration.words import allowed, noun

_INTRODUCTION = """\
# Configuration

A team edits one file per environment, `config/<environment>.yaml`, and nothing else. This page and
`config/schema.json`, which lets editors complete keys and mark mistakes, are generated from the settings'
models by `python -m stacks.configuration`.

The file is read once, when the templates are made. No environment variable, clock or network has a say in it.
Every mistake of a file is reported in one go, one line each, with its place and what is allowed:

```
config/dev.yaml:73: serving.real_time.capture.percent: 101 is not allowed; allowed: a whole number from 0 to 100
```

The notation is YAML 1.2: `no` and `0123` are text, `true` and `1e-3` are not. Aliases and tags are not supported.
"""


_VALUES = "additionalProperties"


def configuration_page(model: type[SettingsSection]) -> str:
    """Return the content of `docs/configuration.md`."""
    return "\n".join([_INTRODUCTION, *_section("The file", schema_tree(model), prefix="")])


def _section(title: str, node: Node, prefix: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"{node['about']}\n"
    yield "| key | allowed | default | meaning |"
    yield "|---|---|---|---|"
    for key, entry in node["properties"].items():
        required = key in node.get("required", [])
        default = "required" if required else _default(entry)
        yield f"| `{key}` | {_allowed(entry)} | {default} | {entry.get('description', '')} |"
    yield ""
    for key, entry in node["properties"].items():
        for value, alternative in entry.get("branches", {}).items():
            yield from _section(f"`{prefix}{key}` with `mode: {value}`", alternative, f"{prefix}{key}.")
        path = f"{prefix}{key}"
        of_each = ((path, entry), (f"{path}[]", _inner(entry, "items")), (f"{path}.<key>", _inner(entry, _VALUES)))
        for place, inner in of_each:
            if "properties" in inner:
                yield from _section(f"`{place}`", inner, f"{place}.")


def _inner(entry: Node, kind: str) -> Node:
    """What the items of a list or the values of a mapping are."""
    found: Node | bool | None = entry.get(kind)
    return found if isinstance(found, dict) else {}


def _allowed(entry: Node) -> str:
    if noun(entry):
        return f"a {noun(entry)}"
    if "properties" in entry or "branches" in entry:
        return "see below"
    words = allowed(entry)
    items = entry.get("items", {})
    return f"{words}, each {allowed(items)}" if items and "properties" not in items else words


def _default(entry: Node) -> str:
    default = entry.get("default")
    if isinstance(default, dict):
        return "see below" if default else "none"
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
