"""Whether a model has become worse than it was when its baseline was made."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from scipy.stats import norm

from monitor.quality.metrics import Metric, Quality, binary, multiclass, regression
from monitor.settings import Settings
from monitor.verdicts import State, Verdict, by_chance

JUDGED: Mapping[str, Sequence[str]] = {
    "Regression": ("mae", "rmse"),
    "BinaryClassification": ("accuracy", "recall", "precision", "f1", "auc"),
    "MulticlassClassification": ("accuracy", "weighted_precision", "weighted_f1"),
}
"""Metrics that are decided on, by what a model answers."""
_KEYS = {
    "Regression": "regression",
    "BinaryClassification": "binary_classification",
    "MulticlassClassification": "multiclass_classification",
}
# Of a normal number, 95 % are within so many standard deviations.
_BOUND = 1.959963984540054


def measured(connection: duckdb.DuckDBPyConnection, relation: str, settings: Settings) -> Quality:
    """The metrics of a relation with `truth`, `prediction` and `probability`."""
    if settings.problem == "Regression":
        return regression(connection, relation)
    if settings.problem == "MulticlassClassification":
        return multiclass(connection, relation)
    threshold = None if settings.prediction else settings.probability_threshold
    return binary(connection, relation, settings.positive, threshold)


def quality_drafts(before: Mapping[str, Metric], now: Quality, settings: Settings) -> list[Verdict]:
    """Whether metrics are worse than in the baseline; only the worse is a violation."""
    found: list[Verdict] = []
    for name in JUDGED[settings.problem]:
        if name not in now.metrics or name not in before:
            continue
        was, is_now = before[name], now.metrics[name]
        amount = is_now.value - was.value
        deviation = math.hypot(was.standard_deviation or 0.0, is_now.standard_deviation or 0.0)
        if settings.problem == "Regression":
            effect = amount / was.value if was.value else math.inf if amount > 0 else 0.0
        else:
            amount = effect = -amount
        p_value = float(norm.sf(amount / deviation)) if deviation else float(amount <= 0)
        state: State = "fine" if now.rows >= settings.minimum_truths else "not enough"
        says = (
            f"is {is_now.value:.4g} ({_bounds(is_now)}), was {was.value:.4g}; it may be worse by"
            f" {_worse(name, settings)} ({by_chance(p_value, now.rows)})"
        )
        if state == "not enough":
            says = f"{now.rows} rows with a truth are not enough to say"
        limit = settings.thresholds.get(name, settings.worse_by)
        found.append(Verdict(name, "quality", state, max(effect, 0.0), limit, p_value, now.rows, says))
    return found


def bounds(metric: Metric) -> tuple[float, float] | None:
    """Between which values the metric is, with a confidence of 95 %."""
    if metric.standard_deviation is None:
        return None
    reach = _BOUND * metric.standard_deviation
    return metric.value - reach, metric.value + reach


def documents(
    before: Mapping[str, Metric],
    quality: Quality,
    found: Sequence[Verdict],
    settings: Settings,
    window: tuple[str, str],
) -> dict[str, dict[str, Any]]:
    """The three files of Model Monitor for the quality of models."""
    key = _KEYS[settings.problem]
    shown: dict[str, Any] = {name: _metric(each) for name, each in quality.metrics.items()}
    limits = {
        name: {
            "threshold": _limit(name, before[name], settings),
            "comparison_operator": "GreaterThanThreshold"
            if settings.problem == "Regression"
            else "LessThanThreshold",
        }
        for name in JUDGED[settings.problem]
        if name in before
    }
    return {
        "statistics.json": {
            "version": 0.0,
            "dataset": {"item_count": quality.rows, "start_time": window[0], "end_time": window[1]},
            f"{key}_metrics": {**quality.curves, **shown},
        },
        "constraints.json": {"version": 0.0, f"{key}_constraints": limits},
        "constraint_violations.json": {
            "violations": [
                {
                    "constraint_check_type": limits[each.feature]["comparison_operator"],
                    "description": f"Metric {each.feature} {each.says}",
                    "metric_name": each.feature,
                }
                for each in found
                if each.state == "violation"
            ]
        },
    }


def metrics_of(document: Mapping[str, Mapping[str, float | None]]) -> dict[str, Metric]:
    """Metrics of the baseline's document."""
    return {name: Metric(float(each["value"] or 0.0), each["standard_deviation"]) for name, each in document.items()}


def _limit(name: str, before: Metric, settings: Settings) -> float:
    worse = settings.thresholds.get(name, settings.worse_by)
    return before.value * (1 + worse) if settings.problem == "Regression" else before.value - worse


def _worse(name: str, settings: Settings) -> str:
    worse = settings.thresholds.get(name, settings.worse_by)
    return f"{worse:.0%}" if settings.problem == "Regression" else f"{worse:g}"


def _bounds(metric: Metric) -> str:
    found = bounds(metric)
    return "no bounds" if found is None else f"95 % from {found[0]:.4g} to {found[1]:.4g}"


def _metric(metric: Metric) -> dict[str, Any]:
    deviation = metric.standard_deviation
    return {"value": metric.value, "standard_deviation": "NaN" if deviation is None else deviation}
