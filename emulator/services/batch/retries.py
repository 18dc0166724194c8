"""Whether what has failed is tried again.

https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ending:
    """How an attempt has ended.

    Args:
        status_reason: What is said of the task.
        reason: What is said of its container; often nothing.
        code: Its exit code; None where it has not started.
        timed_out: Whether it took longer than it may.
    """

    status_reason: str
    reason: str = ""
    code: int | None = None
    timed_out: bool = False

    def __post_init__(self) -> None:
        """Keep the reason as short as AWS does."""
        object.__setattr__(self, "reason", self.reason[:255])


def tried_again(strategy: Mapping[str, Any], attempts: int, ending: Ending) -> bool:
    """Whether a job is tried again after so many attempts; the first condition that is met decides."""
    if attempts >= int(strategy.get("attempts", 1)):
        return False
    code = "" if ending.code is None else str(ending.code)
    values = {"onStatusReason": ending.status_reason, "onReason": ending.reason, "onExitCode": code}
    for condition in strategy.get("evaluateOnExit", ()):
        if all(_matches(str(condition[name]), value) for name, value in values.items() if condition.get(name)):
            return str(condition["action"]).upper() == "RETRY"
    return True


def _matches(pattern: str, value: str) -> bool:
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern
