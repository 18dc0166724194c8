"""Metric alarms, evaluated as CloudWatch does: by dimensions, several periods, and missing data.

MiniStack evaluates an alarm only when data are put, over all dimensions at once. Alarms on AWS/SageMaker see
periods `EMULATOR_TIME_FACTOR` times shorter than they say, so do those by the minute on the library's monitors, all
others their own. Of metric math, MAX, MIN, SUM and
AVG over a list of metrics count; alarms on other expressions are left as they are.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from emulator.ministack import hooks
from emulator.ministack.hooks import in_scope
from emulator.services.clock import shortened
from emulator.services.cloudwatch import metric_store

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

_OVER_METRICS = re.compile(r"(MAX|MIN|SUM|AVG)\(\[([\w, ]+)\]\)")
_MATH: Mapping[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": statistics.fmean,
}


_MINUTE = 60.0


def _module() -> Any:
    return hooks.module("ministack.services.cloudwatch")


class AlarmEvaluation:
    """Evaluates every alarm once a minute, the ones on SageMaker's metrics in the emulator's minutes."""

    def __init__(self) -> None:
        self._evaluated: dict[str, float] = {}

    def evaluate_due(self) -> None:
        """Evaluate the alarms whose minute is over, in every account and region."""
        now = time.monotonic()
        for (account, region, _), alarm in list(_module()._alarms._data.items()):
            fast = any(one["Namespace"] in metric_store.SHORTENED for one in _metrics(alarm))
            minute = shortened(60) if fast else 60.0
            if now - self._evaluated.setdefault(alarm["AlarmArn"], now) >= minute:
                self._evaluated[alarm["AlarmArn"]] = now
                with in_scope(account, region):
                    evaluate(alarm)


def evaluate_on(namespace: str, name: str) -> None:
    """Evaluate the alarms on a metric, whatever its dimensions, that just got data in the current account."""
    for alarm in list(_module()._alarms.values()):
        if any((one["Namespace"], one["MetricName"]) == (namespace, name) for one in _metrics(alarm)):
            evaluate(alarm)


def rang(name: str, since: float) -> bool:
    """Whether an alarm of the current account is in ALARM, or was for a moment since then."""
    alarm: Any = _module()._alarms.get(name) or _module()._composite_alarms.get(name)
    if not alarm:
        return False
    first: float | None = _module().first_alarm_time(alarm["AlarmArn"], since, time.time())
    return alarm["StateValue"] == "ALARM" or first is not None


def ringing_for(action: str) -> Iterator[Mapping[str, Any]]:
    """The metric alarms of the current account that are in ALARM and have this action."""
    for alarm in _module()._alarms.values():
        if alarm["StateValue"] == "ALARM" and alarm["ActionsEnabled"] and action in alarm["AlarmActions"]:
            yield alarm


def take_over() -> None:
    """Let MiniStack's own evaluations, after data are put and an alarm is made, go through `evaluate`."""
    _module()._evaluate_alarm = evaluate


def values_of(alarm: Mapping[str, Any]) -> Sequence[float | None]:
    """What an alarm sees of its metrics: its evaluation periods, newest first; None where data are missing.

    Empty for an expression that is not understood.
    """
    count = int(alarm.get("EvaluationPeriods") or 1)
    seen = [_windows(metric, count) for metric in _metrics(alarm)]
    expression = _expression(alarm)
    if expression is None:
        return seen[0] if seen else []
    found = _OVER_METRICS.fullmatch(expression)
    named = [str(query["Id"]) for query in alarm["Metrics"] if query.get("MetricStat")]
    if not found or set(found[2].replace(" ", "").split(",")) != set(named):
        return []
    known = [[value for value in period if value is not None] for period in zip(*seen, strict=True)]
    return [_MATH[found[1]](values) if values else None for values in known]


def _expression(alarm: Mapping[str, Any]) -> str | None:
    """The expression that an alarm compares; None for an alarm on a metric."""
    queries: list[Mapping[str, Any]] = alarm.get("Metrics") or []
    return next((str(query["Expression"]) for query in queries if query.get("Expression")), None)


def _metrics(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The metrics that an alarm sees, each with its period and statistic."""
    queries: list[Mapping[str, Any]] = alarm.get("Metrics") or []
    given = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    if given:
        return [{**one["Metric"], "Period": one["Period"], "Statistic": one["Stat"]} for one in given]
    return [alarm] if alarm.get("Namespace") and alarm.get("MetricName") else []


def _windows(metric: Mapping[str, Any], count: int) -> Sequence[float | None]:
    given: list[Mapping[str, str]] = metric.get("Dimensions") or []
    period = float(metric.get("Period") or 60)
    return metric_store.windows(
        metric["Namespace"],
        metric["MetricName"],
        {one["Name"]: one["Value"] for one in given},
        metric.get("ExtendedStatistic") or metric.get("Statistic") or "Average",
        seconds=shortened(period) if _is_fast(metric["Namespace"], period) else period,
        count=count,
    )


def _is_fast(namespace: str, period: float) -> bool:
    if namespace in metric_store.SHORTENED_BY_THE_MINUTE:
        return period == _MINUTE
    return namespace in metric_store.SHORTENED


def evaluate(alarm: Mapping[str, Any]) -> None:
    """Bring an alarm into the state that its metric calls for."""
    compare = _COMPARISONS.get(alarm.get("ComparisonOperator", ""))
    seen = values_of(alarm)
    if not seen or compare is None:
        return
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
