"""A model's metrics in the form that SageMaker's model quality monitor writes and pipelines' conditions read.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.scores import (
    Matrix,
    Positions,
    accuracy,
    area_under_curve,
    mean_absolute_error,
    mean_squared_error,
    predicted,
    r_squared,
    root_mean_squared_error,
)

Metric = Callable[[Matrix, NDArray[Any]], float | None]
# SageMaker gives a standard deviation from 200 rows on: of the metric over five samples of four fifths of the rows.
_ROWS_FOR_DEVIATION = 200
_SAMPLES = 5
_SAMPLE_SHARE = 0.8
_MOST_CURVE_POINTS = 100


def model_quality(found: Matrix, truth: NDArray[Any], classes: Sequence[str | int]) -> dict[str, Any]:
    """The report over these rows; values that cannot be computed are "NaN", as SageMaker writes them.

    Without classes the model is a regression: `found` and `truth` are numbers.
    """
    if not classes:
        measured = {name: _measured(metric, found, truth) for name, metric in _REGRESSION.items()}
        return {"regression_metrics": measured}
    return _classification_quality(found, truth, classes)


def _classification_quality(probabilities: Matrix, truth: Positions, classes: Sequence[str | int]) -> dict[str, Any]:
    confusion = _confusion(probabilities, truth, len(classes))
    names = [str(each) for each in classes]
    matrix = {name: dict(zip(names, row, strict=True)) for name, row in zip(names, confusion.tolist(), strict=True)}
    binary = len(classes) == 2
    metrics = {
        name: _measured(metric, probabilities, truth) for name, metric in (_BINARY if binary else _MULTICLASS).items()
    }
    report: dict[str, Any] = {"confusion_matrix": matrix, **metrics}
    if binary:
        report["receiver_operating_characteristic_curve"] = _curve(probabilities[:, 0], truth == 1)
    kind = "binary_classification_metrics" if binary else "multiclass_classification_metrics"
    return {kind: report}


def _measured(metric: Metric, found: Matrix, truth: NDArray[Any]) -> dict[str, float | str]:
    value = metric(found, truth)
    deviation: float | None = None
    if len(truth) >= _ROWS_FOR_DEVIATION:
        source = numpy.random.default_rng(0)
        size = round(len(truth) * _SAMPLE_SHARE)
        samples = [source.choice(len(truth), size, replace=False) for _ in range(_SAMPLES)]
        values = [metric(found[sample], truth[sample]) for sample in samples]
        known = [each for each in values if each is not None]
        deviation = float(numpy.std(known)) if len(known) == len(values) else None
    return {
        "value": "NaN" if value is None else value,
        "standard_deviation": "NaN" if deviation is None else deviation,
    }


def _confusion(probabilities: Matrix, truth: Positions, classes: int) -> NDArray[numpy.intp]:
    return numpy.bincount(truth * classes + predicted(probabilities), minlength=classes**2).reshape(classes, classes)


def _rate(hit: bool, of: bool) -> Metric:
    """The share of rows whose class is `of` that are predicted as positive (`hit`) or not."""

    def rate(probabilities: Matrix, truth: Positions) -> float | None:
        those = predicted(probabilities)[truth == of]
        return float((those == hit).mean()) if len(those) else None

    return rate


def _precision(probabilities: Matrix, truth: Positions) -> float | None:
    those = truth[predicted(probabilities) == 1]
    return float((those == 1).mean()) if len(those) else None


def _f_score(beta: float) -> Metric:
    def score(probabilities: Matrix, truth: Positions) -> float | None:
        guessed = predicted(probabilities) == 1
        weighted = (1 + beta**2) * float((guessed & (truth == 1)).sum())
        total = beta**2 * float((truth == 1).sum()) + float(guessed.sum())
        return weighted / total if total else None

    return score


def _weighted(metric: Metric) -> Metric:
    """The mean of a binary metric of each class against the rest, weighted by the rows of the class."""

    def mean(probabilities: Matrix, truth: Positions) -> float | None:
        guessed = predicted(probabilities)
        total = 0.0
        for each in numpy.unique(truth):
            one = (guessed == each).astype(numpy.float64)[:, numpy.newaxis]
            # A class that is never predicted has no precision; it counts as 0, as in scikit-learn.
            total += (metric(one, (truth == each).astype(numpy.intp)) or 0.0) * float((truth == each).mean())
        return total

    return mean


def _curve(scores: NDArray[numpy.float64], positive: NDArray[numpy.bool_]) -> dict[str, list[float]]:
    order = numpy.argsort(-scores, kind="stable")
    last_of_score = numpy.flatnonzero(numpy.append(numpy.diff(scores[order]) != 0, True))
    if len(last_of_score) > _MOST_CURVE_POINTS:
        chosen = numpy.linspace(0, len(last_of_score) - 1, _MOST_CURVE_POINTS).round().astype(int)
        last_of_score = last_of_score[chosen]
    hits = numpy.cumsum(positive[order])[last_of_score]
    misses = last_of_score + 1 - hits
    return {
        "false_positive_rates": [0.0, *(misses / max(1, int((~positive).sum()))).tolist()],
        "true_positive_rates": [0.0, *(hits / max(1, int(positive.sum()))).tolist()],
    }


_REGRESSION: dict[str, Metric] = {
    "mae": mean_absolute_error,
    "mse": mean_squared_error,
    "rmse": root_mean_squared_error,
    "r2": r_squared,
}
_recall = _rate(hit=True, of=True)
_BINARY: dict[str, Metric] = {
    "recall": _recall,
    "precision": _precision,
    "accuracy": accuracy,
    "true_positive_rate": _recall,
    "true_negative_rate": _rate(hit=False, of=False),
    "false_positive_rate": _rate(hit=True, of=False),
    "false_negative_rate": _rate(hit=False, of=True),
    "auc": area_under_curve,
    "f0_5": _f_score(0.5),
    "f1": _f_score(1),
    "f2": _f_score(2),
}
_MULTICLASS: dict[str, Metric] = {
    "accuracy": accuracy,
    "weighted_recall": _weighted(_recall),
    "weighted_precision": _weighted(_precision),
    "weighted_f0_5": _weighted(_f_score(0.5)),
    "weighted_f1": _weighted(_f_score(1)),
    "weighted_f2": _weighted(_f_score(2)),
}
