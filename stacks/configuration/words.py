"""What a schema node allows, in words."""

from collections.abc import Sequence
from typing import cast

from sagemaker_constructs.core.spelling import nearest_to
from stacks.configuration.schema import Node

_LISTED_IN_FULL = 12
_NEAREST_LISTED = 3


def allowed(node: Node) -> str:
    """Return what a node allows, such as `a whole number from 1 to 60`."""
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return choice(None, node["enum"])
    if "branches" in node:
        return f"a mapping with {node['chooser']}: {_alternatives(list(node['branches']))}"
    match node.get("type"):
        case "object" if "properties" in node:
            return f"a mapping with the keys {', '.join(node['properties'])}"
        case "object":
            return f"a mapping with at most {node['maxProperties']} keys"
        case "array":
            return f"a list of {node['minItems']} to {node['maxItems']} items"
        case "boolean":
            return "true or false"
        case "integer" | "number" as kind:
            noun = "a whole number" if kind == "integer" else "a number"
            return f"{noun} from {node['minimum']} to {node['maximum']}"
        case _:
            return cast(str, node.get("patternErrorMessage", "text"))


def noun(node: Node) -> str:
    """Return what kind of thing a node is, for `… is not a <noun>`, or an empty text."""
    return cast(str, node.get("title", "")) if "enum" in node else ""


def nearest(value: object, options: Sequence[str]) -> str | None:
    """Return the option that a misspelled value means most likely, if any is near."""
    spelled = str(value).lower().replace("-", "_")
    by_spelling = {option.lower().replace("-", "_"): option for option in options}
    found = nearest_to(spelled, by_spelling, most=1)
    return by_spelling[found[0]] if found else None


def choice(value: object, options: Sequence[str]) -> str:
    """List the options, the one that was probably meant first; of a long list, only the nearest."""
    meant = nearest(value, options)
    others = [option for option in options if option != meant]
    if len(options) > _LISTED_IN_FULL:
        close = nearest_to(str(value), others, most=_NEAREST_LISTED - 1) if meant else []
        others = close or others[: _NEAREST_LISTED - (meant is not None)]
    listed = ([f"{meant} (did you mean this?)"] if meant else []) + others
    more = len(options) - len(listed)
    return ", ".join(listed) + (f" and {more} more, all in config/schema.json" if more else "")


def _alternatives(options: list[str]) -> str:
    return f"{', '.join(options[:-1])} or {options[-1]}"
