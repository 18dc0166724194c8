"""Steps of a step scaling policy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, no_more_than
from sagemaker_constructs.core.rules.at_synth import rule_problems

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


_ARGUMENTS = {"StepScalingPolicyConfiguration": "", "StepAdjustments": "steps"}


def step_problems(steps: Sequence[ScalingStep]) -> Iterator[Problem | None]:
    """What AWS would refuse: no steps or too many, empty ones, gaps and overlaps, and steps that do not reach on."""
    if not steps:
        yield Problem("steps", "must name at least one step, got: none")
    yield no_more_than("steps", steps, 20)
    adjustments = {"stepAdjustments": [step.properties() for step in steps]}
    yield from rule_problems(
        "PutScalingPolicy",
        {"stepScalingPolicyConfiguration": adjustments},
        names=_ARGUMENTS,
        service="application-autoscaling",
    )
