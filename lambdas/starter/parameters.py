"""Values of parameters, judged by the definition of the pipeline."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.starter.requests import RefusedStartError

_LONGEST = 1024


def checked_parameters(definition: str, given: Mapping[str, str]) -> list[dict[str, str]]:
    """The ``PipelineParameters`` of a start with the values ``given``.

    Raises ``RefusedStartError`` with everything that the ``Parameters`` of the definition do not allow.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Parameter.html
    """
    listed: list[Mapping[str, Any]] = json.loads(definition).get("Parameters") or []
    declared = {str(each["Name"]): each for each in listed}
    problems = [*_problems(declared, given)]
    if problems:
        raise RefusedStartError("; ".join(problems))
    return [{"Name": name, "Value": value} for name, value in sorted(given.items())]


def _problems(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        if name not in declared:
            yield f"the pipeline has no parameter {name}, only: {', '.join(sorted(declared)) or 'none'}"
            continue
        kind, allowed = declared[name]["Type"], declared[name].get("EnumValues")
        if len(value) > _LONGEST:
            yield f"{name} has {len(value)} characters, at most {_LONGEST} are allowed"
        elif not _is_of(kind, value):
            yield f"{name} is of the type {kind}, got: {value!r}"
        elif allowed and value not in allowed:
            yield f"{name} must be one of {', '.join(allowed)}, got: {value!r}"
    for name in declared:
        if name not in given and declared[name].get("DefaultValue") is None:
            yield f"{name} has no default, and no value was given"


def _is_of(kind: str, value: str) -> bool:
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
