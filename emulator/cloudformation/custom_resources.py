"""Requests to custom resources, which Lambda delivers again to a function that has failed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack.hooks import FunctionCall, wrap_function_calls

COVERAGE = (
    Coverage(
        "Custom resources",
        real="a request is delivered three times at most to a function that dies or raises, a second apart and not a"
        " minute",
    ),
)

_DELIVERIES = 3
_PAUSE_SECONDS = 1.0


def repeat_requests() -> None:
    """Deliver requests as the asynchronous calls that they are.

    See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    wrap_function_calls(_repeated)


def _repeated(call: FunctionCall) -> FunctionCall:
    def deliver(function: Any, event: Mapping[str, Any]) -> Mapping[str, Any]:
        result = call(function, event)
        for _ in range(_DELIVERIES - 1 if _is_request(event) else 0):
            if not result.get("error"):
                break
            time.sleep(_PAUSE_SECONDS)
            result = call(function, event)
        return result

    return deliver


def _is_request(event: object) -> bool:
    return isinstance(event, dict) and {"ResponseURL", "RequestType", "StackId"} <= event.keys()
