"""Metric alarms, evaluated as CloudWatch does: by dimensions, several periods, and missing data.

MiniStack evaluates an alarm only when data are put, over all dimensions at once. Alarms on AWS/SageMaker see
periods `EMULATOR_TIME_FACTOR` times shorter than they say, all others their own. Alarms on metric math are
left as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator import metric_store, ministack_hooks
from emulator.clock import shortened
from emulator.ministack_hooks import in_scope

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def _module() -> Any:
    return ministack_hooks.module("ministack.services.cloudwatch")


class Alarms:
    """Evaluates every alarm once a minute, the ones on AWS/SageMaker in the emulator's minutes."""

    def __init__(self) -> None:
        self._evaluated: dict[str, float] = {}

    def evaluate_due(self) -> None:
        """Evaluate the alarms whose minute is over, in every account and region."""
        now = time.monotonic()
        for (account, region, _), alarm in list(_module()._alarms._data.items()):
            minute = shortened(60) if alarm.get("Namespace") == "AWS/SageMaker" else 60.0
            if now - self._evaluated.setdefault(alarm["AlarmArn"], now) >= minute:
                self._evaluated[alarm["AlarmArn"]] = now
                with in_scope(account, region):
                    evaluate(alarm)


def take_over() -> None:
    """Let MiniStack's own evaluations, after data are put and an alarm is made, go through `evaluate`."""
    _module()._evaluate_alarm = evaluate


def values_of(alarm: Mapping[str, Any]) -> Sequence[float | None]:
    """What an alarm sees of its metric: its evaluation periods, newest first; None where data are missing."""
    given: list[Mapping[str, str]] = alarm.get("Dimensions") or []
    period = float(alarm.get("Period") or 60)
    return metric_store.windows(
        alarm["Namespace"],
        alarm["MetricName"],
        {one["Name"]: one["Value"] for one in given},
        alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
        seconds=shortened(period) if alarm["Namespace"] == "AWS/SageMaker" else period,
        count=int(alarm.get("EvaluationPeriods") or 1),
    )


def evaluate(alarm: Mapping[str, Any]) -> None:
    """Bring an alarm into the state that its metric calls for."""
    compare = _COMPARISONS.get(alarm.get("ComparisonOperator", ""))
    if not alarm.get("Namespace") or not alarm.get("MetricName") or compare is None:
        return
    seen = values_of(alarm)
    treatment = alarm.get("TreatMissingData") or "missing"
    threshold = float(alarm.get("Threshold") or 0)
    known = [compare(value, threshold) for value in seen if value is not None]
    missing = len(seen) - len(known)
    if treatment == "ignore" and not known:
        return
    if treatment == "missing" and not known:
        _enter(alarm, "INSUFFICIENT_DATA", "Insufficient Data: no data points in the evaluated periods.")
        return
    wanted = int(alarm.get("DatapointsToAlarm") or len(seen))
    breaching = sum(known) + (missing if treatment == "breaching" else 0)
    # Of missing data that do not count, as many periods as there are data decide, but never fewer than one.
    needed = wanted if treatment in ("breaching", "notBreaching") else min(wanted, max(1, len(known)))
    state = "ALARM" if breaching >= needed else "OK"
    newest = next((value for value in seen if value is not None), None)
    _enter(
        alarm,
        state,
        f"Threshold Crossed: {breaching} of {len(seen)} datapoints [{newest}] "
        f"{alarm['ComparisonOperator']} {threshold} ({wanted} needed).",
    )


def _enter(alarm: Mapping[str, Any], state: str, reason: str) -> None:
    if alarm["StateValue"] != state:
        change = {"AlarmName": alarm["AlarmName"], "StateValue": state, "StateReason": reason}
        _module()._set_alarm_state({}, change, False, True)
