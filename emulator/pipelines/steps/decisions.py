"""Steps that call nothing: conditions, and the end of an execution that has failed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from emulator.pipelines.attempts import Attempt, StepEnd, StepRunner, failed

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


class Conditions(StepRunner):
    """Condition steps: all conditions must hold."""

    def run(self, attempt: Attempt) -> StepEnd:
        """Judge the conditions."""
        try:
            holds = all(_holds(each) for each in attempt.arguments["Conditions"])
        except TypeError as error:
            return failed(f"ClientError: A condition compares values that cannot be compared: {error}")
        outcome = "True" if holds else "False"
        attempt.tell({"Condition": {"Outcome": outcome}})
        return StepEnd(status="Succeeded", result={"Outcome": outcome})


class Failures(StepRunner):
    """Fail steps."""

    def run(self, attempt: Attempt) -> StepEnd:
        """Fail with the message."""
        message = str(attempt.arguments.get("ErrorMessage", ""))
        attempt.tell({"Fail": {"ErrorMessage": message}})
        return failed(message)


def _holds(condition: Mapping[str, Any]) -> bool:
    kind = condition["Type"]
    if kind == "Not":
        return not _holds(condition["Condition"])
    if kind == "Or":
        return any(_holds(each) for each in condition["Conditions"])
    if kind == "In":
        return condition["QueryValue"] in condition["Values"]
    left, right = condition["LeftValue"], condition["RightValue"]
    if isinstance(left, str) != isinstance(right, str):
        raise TypeError(f"{left!r} with {right!r}")
    return _COMPARED[kind](left, right)
