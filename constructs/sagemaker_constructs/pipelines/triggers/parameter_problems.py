"""What a trigger gives a pipeline, judged by the parameters that the pipeline has."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines.triggers.event_text import EventText
from sagemaker_constructs.pipelines.triggers.trigger import TriggerValue, value_text

LONGEST_VALUE = 1024


def start_problems(
    declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, TriggerValue]
) -> Iterator[Problem | None]:
    """Rules: names that the pipeline has, values of their types, and one for each parameter without a default.

    Values that an event brings are judged when it arrives, by the same rules.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Parameter.html
    """
    for name, value in given.items():
        path = f"parameters.{name}"
        if name not in declared:
            near = nearest_to(name, declared)
            hint = (
                f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(sorted(declared)) or 'none'}"
            )
            yield Problem(path, f"must be a parameter of the pipeline, got: {name!r}; {hint}")
        elif isinstance(value, EventText):
            yield from within(path, value.problems())
        elif not is_token(value):
            yield _value_problem(path, declared[name], value_text(value))
    missing = [name for name, each in declared.items() if name not in given and each.get("DefaultValue") is None]
    if missing:
        yield Problem("parameters", f"must have a value for each parameter without a default: {', '.join(missing)}")


def _value_problem(path: str, declared: Mapping[str, Any], value: str) -> Problem | None:
    kind, allowed = str(declared.get("Type")), cast("list[str]", declared.get("EnumValues") or [])
    if len(value) > LONGEST_VALUE:
        return Problem(path, f"may have at most {LONGEST_VALUE} characters, got: {len(value)}")
    if not _fits(kind, value):
        return Problem(path, f"must be of the type {kind}, got: {value!r}")
    if allowed and value not in allowed:
        return Problem(path, f"must be one of {', '.join(allowed)}, got: {value!r}")
    return None


def _fits(kind: str, value: str) -> bool:
    match kind:
        case "Integer":
            return re.fullmatch(r"[+-]?\d+", value) is not None
        case "Float":
            try:
                return math.isfinite(float(value))
            except ValueError:
                return False
        case "Boolean":
            return value.lower() in ("true", "false")
        case _:
            return True
