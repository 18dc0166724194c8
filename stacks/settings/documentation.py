"""Writes `docs/configuration.md` from the settings' models, so that the page cannot go stale."""

from collections.abc import Iterator

from stacks.settings.schema import Node, branches, resolved, settings_schema
from stacks.settings.words import allowed, noun

_INTRODUCTION = """\
# Configuration

A team edits one file per environment, `config/<environment>.yaml`, and nothing else. This page and
`config/schema.json`, which lets editors complete keys and mark mistakes, are generated from the settings'
models by `python -m stacks.settings`.

The file is read once, when the templates are made. No environment variable, clock or network has a say in it.
Every mistake of a file is reported in one go, one line each, with its place and what is allowed:

```
config/dev.yaml:22: serving.capture.percent: 101 is not allowed; allowed: a whole number from 0 to 100
```

The notation is YAML 1.2: `no` and `0123` are text, `true` and `1e-3` are not. Aliases and tags are not supported.
"""


def configuration_page() -> str:
    """Return the content of `docs/configuration.md`."""
    return "\n".join([_INTRODUCTION, *_section("The file", settings_schema(), prefix="")])


def _section(title: str, node: Node, prefix: str) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"{node['description']}\n"
    yield "| key | allowed | default | meaning |"
    yield "|---|---|---|---|"
    for key, entry in node["properties"].items():
        required = key in node.get("required", [])
        default = "required" if required else _default(entry)
        yield f"| `{key}` | {_allowed(entry)} | {default} | {resolved(entry).get('description', '')} |"
    yield ""
    for key, entry in node["properties"].items():
        inner = resolved(entry)
        for value, alternative in branches(inner).items():
            yield from _section(f"`{prefix}{key}` with `mode: {value}`", alternative, f"{prefix}{key}.")
        item = resolved(inner.get("items", {}))
        for path, model in ((f"{prefix}{key}", _own(entry)), (f"{prefix}{key}[]", item)):
            if "properties" in model:
                yield from _section(f"`{path}`", model, f"{path}.")


def _own(entry: Node) -> Node:
    # The key's own description is in the table above; the section wants the model's.
    return resolved({key: value for key, value in entry.items() if key != "description"})


def _allowed(entry: Node) -> str:
    node = resolved(entry)
    if noun(node):
        return f"a {noun(node)}"
    if "properties" in node or "discriminator" in node:
        return "see below"
    words = allowed(node)
    items = resolved(node.get("items", {}))
    return f"{words}, each {allowed(items)}" if items and "properties" not in items else words


def _default(entry: Node) -> str:
    default = entry.get("default")
    if isinstance(default, dict):
        return "see below" if default else "none"
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
