"""How many requests at a time come next, and which step was the best. Standard library only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_FAILURES = 0.01
"""Share of the requests of a step that may fail before the step counts as too much."""
SAFETY_FACTOR = 0.5
"""What AWS recommends to begin with.

See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-loadtest.html
"""
_GROWTH = 1.5


@dataclass(frozen=True)
class Goal:
    """``percentile`` percent of the requests are answered within ``milliseconds``."""

    percentile: int
    milliseconds: float


@dataclass(frozen=True)
class Step:
    """What was measured while ``users`` requests were open at any time.

    ``latency_ms`` is the goal's percentile, ``median_ms`` the 50th.
    """

    users: int
    seconds: float
    requests: int
    failures: int
    median_ms: float
    latency_ms: float

    @property
    def rate(self) -> float:
        """Good answers per second."""
        return (self.requests - self.failures) / self.seconds

    def meets(self, goal: Goal) -> bool:
        """Whether enough requests were answered, and in time."""
        answered = self.requests > 0 and self.failures <= MOST_FAILURES * self.requests
        return answered and self.latency_ms <= goal.milliseconds


def next_users(steps: Sequence[Step], goal: Goal, most: int) -> int | None:
    """The concurrency of the next step; None when the limit is found to a tenth, or ``most`` is reached.

    It grows by half until a step misses ``goal``, and then closes in on the last that met it.
    """
    met = max((step.users for step in steps if step.meets(goal)), default=0)
    missed = min((step.users for step in steps if not step.meets(goal)), default=None)
    if missed is None:
        return None if met >= most else min(most, max(met + 1, math.floor(met * _GROWTH)))
    if missed - met <= max(1, met // 10):
        return None
    return (met + missed) // 2


def peak(steps: Sequence[Step], goal: Goal) -> Step | None:
    """The step with the highest rate among those that met ``goal``; None when none did."""
    return max((step for step in steps if step.meets(goal)), key=lambda step: step.rate, default=None)


def per_instance_per_minute(rate_per_instance: float) -> float:
    """The value for ``scale_on_invocations``, by AWS's formula: peak rate x safety factor x 60."""
    value = rate_per_instance * SAFETY_FACTOR * 60
    return float(math.floor(value)) if value >= 1 else round(value, 3)
