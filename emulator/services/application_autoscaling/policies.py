"""What a scaling policy wants: from metric values to a capacity. No state and no clock.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html and
https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

OUT_PERIODS = 3
IN_PERIODS = 15
_IN_MARGIN = 0.9


def tracked_capacity(values: Sequence[float | None], target: float, current: int) -> int:
    """The capacity that target tracking wants.

    Args:
        values: The metric's last 15 periods, newest first.
        target: The policy's TargetValue.
        current: Present capacity; a per-instance metric counts none as one.

    Returns:
        More than `current` when the last 3 periods are above the target, less when all 15 are more than a
        tenth below it, and `current` otherwise, also when data are missing.
    """
    recent = [value for value in values[:OUT_PERIODS] if value is not None]
    if len(recent) == OUT_PERIODS and min(recent) > target:
        return math.ceil(round(max(current, 1) * recent[0] / target, 6))
    all_known = [value for value in values if value is not None]
    if len(all_known) == IN_PERIODS and max(all_known) < target * _IN_MARGIN:
        return min(current, math.ceil(round(current * all_known[0] / target, 6)))
    return current


def stepped_capacity(settings: Mapping[str, Any], difference: float, current: int) -> int:
    """The capacity that a step policy wants.

    Args:
        settings: The StepScalingPolicyConfiguration.
        difference: The metric's value less the alarm's threshold.
        current: Present capacity.
    """
    step = next((one for one in settings.get("StepAdjustments", []) if _holds(one, difference)), None)
    if step is None:
        return current
    adjustment = int(step["ScalingAdjustment"])
    kind = settings.get("AdjustmentType", "ChangeInCapacity")
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return max(0, current + adjustment)
    change = current * adjustment / 100
    # AWS rounds towards zero, but never to no change at all.
    whole = int(change) if abs(change) >= 1 else int(math.copysign(1, change)) if change else 0
    least = int(settings.get("MinAdjustmentMagnitude", 0))
    if whole and abs(whole) < least:
        whole = int(math.copysign(least, whole))
    return max(0, current + whole)


def _holds(step: Mapping[str, Any], difference: float) -> bool:
    lower, upper = step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
    if difference >= 0:
        return lower <= difference < upper
    return lower < difference <= upper
