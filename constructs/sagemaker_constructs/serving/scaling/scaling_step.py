"""Steps of a step scaling policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from sagemaker_constructs.core.problems import Problem, no_more_than

Adjustment = Literal["ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"]


@dataclass(frozen=True)
class ScalingStep:
    """Move the capacity by ``change`` while the metric lies between ``lower`` and ``upper``.

    Both bounds are distances from the alarm's threshold; None means without end.

    See https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
    """

    change: int
    lower: float | None = None
    upper: float | None = None

    def properties(self) -> dict[str, object]:
        """The ``StepAdjustment``."""
        properties: dict[str, object] = {"scalingAdjustment": self.change}
        if self.lower is not None:
            properties["metricIntervalLowerBound"] = self.lower
        if self.upper is not None:
            properties["metricIntervalUpperBound"] = self.upper
        return properties


def step_problems(steps: Sequence[ScalingStep]) -> Iterator[Problem | None]:
    """What AWS would refuse: no steps or too many, empty ones, gaps and overlaps."""
    if not steps:
        yield Problem("steps", "must name at least one step, got: none")
    yield no_more_than("steps", steps, 20)
    ordered = sorted(steps, key=_lower)
    for step in ordered:
        if step.lower is None and step.upper is None:
            yield Problem("steps", "must have a lower or an upper bound, got: neither")
        elif _lower(step) >= _upper(step):
            yield Problem("steps", f"must reach from lower to a higher upper, got: {step.lower} to {step.upper}")
    for before, after in pairwise(ordered):
        if _upper(before) != _lower(after):
            got = f"{before.upper} then {after.lower}"
            yield Problem("steps", f"must follow one another without gap or overlap, got: {got}")


def _lower(step: ScalingStep) -> float:
    return float("-inf") if step.lower is None else step.lower


def _upper(step: ScalingStep) -> float:
    return float("inf") if step.upper is None else step.upper
