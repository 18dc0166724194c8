"""What the values of a training say of it, rule by rule."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.watch.series import Point, Series

AllSeries = Mapping[str, Series]
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class WatchFinding:
    """What was found by the rule at ``position`` of the watch: a sentence, and whether it is a reason to stop."""

    position: int
    text: str
    stops: bool


def findings(rules: Sequence[Rule], series: AllSeries, used: Mapping[str, Sequence[float]]) -> Iterator[WatchFinding]:
    """What the rules find in the values so far.

    ``used`` has the percentages of each minute for a machine's ``CPU``, ``GPU``, ``memory`` and ``GPU memory``, the
    latest last and the busiest machine's of each minute.
    """
    for position, rule in enumerate(rules):
        if rule["kind"] == "under_used":
            text = _under_used(rule, used.get(rule["resource"], ()))
        else:
            text = _RULES[rule["kind"]](rule, series)
        if text:
            yield WatchFinding(position, text, bool(rule["stops"]))


def title(rule: Rule) -> str:
    """The rule in a few words."""
    return str(rule["kind"]).replace("_", " ") + (f": {rule['metric']}" if rule.get("metric") else "")


def _not_improving(rule: Rule, series: AllSeries) -> str:
    numbers = _numbers(series, rule["metric"])
    rounds, least = rule["rounds"], rule["least"]
    before, latest = numbers[:-rounds], numbers[-rounds:]
    if not before:
        return ""
    sign = -1 if rule["larger_is_better"] else 1
    best = min(sign * value for _, value in before)
    if min(sign * value for _, value in latest) < best - least:
        return ""
    verb = "risen" if rule["larger_is_better"] else "fallen"
    more = f" by more than {least:g}" if least else ""
    return f"{rule['metric']} has not {verb}{more} in {rounds} rounds: {sign * best:g} before, {latest[-1][1]:g} now"


def _overfitting(rule: Rule, series: AllSeries) -> str:
    validation = _numbers(series, rule["metric"])
    training = _numbers(series, rule["training"])
    if len(validation) <= rule["rounds"] or not training:
        return ""
    sign = -1 if rule["larger_is_better"] else 1
    best_round, best = min(validation, key=lambda each: sign * each[1])
    latest_round, latest = validation[-1]
    since = sum(1 for number, _ in validation if number > best_round)
    worse = sign * (latest - best)
    then = next((value for number, value in training if number >= best_round), training[0][1])
    if since < rule["rounds"] or worse <= rule["least"] or sign * (then - training[-1][1]) <= 0:
        return ""
    return (
        f"{rule['metric']} was best in round {best_round} of {latest_round} and has worsened since, "
        f"from {best:g} to {latest:g}, while {rule['training']} improved from {then:g} to {training[-1][1]:g}"
    )


def _exploding(rule: Rule, series: AllSeries) -> str:
    limit = rule["above"]
    found = next((each for each in _points(series, rule["metric"]) if abs(each[1]) > limit), None)
    return f"{rule['metric']} exploded to {found[1]:g} in round {found[0]}: the limit is {limit:g}" if found else ""


def _vanishing(rule: Rule, series: AllSeries) -> str:
    latest = _numbers(series, rule["metric"])[-rule["rounds"] :]
    if len(latest) < rule["rounds"] or any(abs(value) >= rule["below"] for _, value in latest):
        return ""
    return f"{rule['metric']} is below {rule['below']:g} for {rule['rounds']} rounds: {latest[-1][1]:g} now"


def _not_a_number(rule: Rule, series: AllSeries) -> str:
    for name in [rule["metric"]] if rule.get("metric") else series:
        odd = series[name].odd() if name in series else ()
        if odd:
            return f"{name} is {odd[0][1]:g} in round {odd[0][0]}"
    return ""


def _target_reached(rule: Rule, series: AllSeries) -> str:
    at_least, at_most = rule.get("at_least"), rule.get("at_most")
    for number, value in _numbers(series, rule["metric"]):
        if (at_least is not None and value >= at_least) or (at_most is not None and value <= at_most):
            return f"{rule['metric']} has reached its target in round {number}: {value:g}"
    return ""


def _under_used(rule: Rule, percentages: Sequence[float]) -> str:
    minutes, percent = rule["minutes"], rule["percent"]
    latest = percentages[-minutes:]
    if len(latest) < minutes or max(latest) >= percent:
        return ""
    return (
        f"{rule['resource']} is used for less than {percent:g} % since {minutes} minutes: {max(latest):g} % at most"
    )


def _points(series: AllSeries, name: str) -> Sequence[Point]:
    return [each for each in series[name].points if not math.isnan(each[1])] if name in series else ()


def _numbers(series: AllSeries, name: str) -> Sequence[Point]:
    return series[name].numbers() if name in series else ()


_RULES: Mapping[str, Callable[[Rule, AllSeries], str]] = {
    "not_improving": _not_improving,
    "overfitting": _overfitting,
    "exploding": _exploding,
    "vanishing": _vanishing,
    "not_a_number": _not_a_number,
    "target_reached": _target_reached,
}
