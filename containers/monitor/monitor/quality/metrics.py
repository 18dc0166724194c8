"""Metrics of models by the names that Model Monitor gives them, each with its standard deviation.

See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html. Standard deviations are
those of the metric over samples as large as this one: of moments for numbers, of components of the curve for `auc`,
of draws of the confusion matrix for all else. Model Monitor samples five times instead.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy
from numpy.typing import NDArray

from monitor.engine import text

Floats = NDArray[numpy.float64]

_DRAWS = 500
_SEED = 14
_CLASSES = 100
_STEPS = 10_000
_POINTS = 101


@dataclass(frozen=True)
class Metric:
    """A figure and its standard deviation, which is None where it has none."""

    value: float
    standard_deviation: float | None = None


@dataclass(frozen=True)
class Quality:
    """How good answers were.

    Args:
        rows: How many had a truth that can be judged.
        unusable: How many had none, by the reason.
        metrics: Metrics by name.
        curves: What has more than one figure: confusion matrix and curves.
    """

    rows: int
    unusable: Mapping[str, int] = field(default_factory=dict[str, int])
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])
    curves: Mapping[str, Any] = field(default_factory=dict[str, Any])


def regression(connection: duckdb.DuckDBPyConnection, relation: str) -> Quality:
    """`mae`, `mse`, `rmse` and `r2` of the columns `truth` and `prediction` of a relation."""
    pairs = f"(SELECT try_cast(truth AS DOUBLE) AS y, try_cast(prediction AS DOUBLE) AS f FROM {relation})"
    usable = "isfinite(y) AND isfinite(f)"
    [[rows, bad_truth, bad, middle]] = connection.execute(
        f"SELECT count(*) FILTER ({usable}), count(*) FILTER (y IS NULL OR NOT isfinite(y)), count(*),"
        f" avg(y) FILTER ({usable}) FROM {pairs}"
    ).fetchall()
    unusable = _reasons(truths_that_are_no_number=bad_truth, predictions_that_are_no_number=bad - rows - bad_truth)
    if not rows:
        return Quality(0, unusable)
    [sums] = connection.execute(
        "SELECT avg(abs(e)), avg(e * e), avg(pow(e, 4)), avg(d), avg(d * d), avg(e * e * d) FROM (SELECT y - f AS e,"
        f" pow(y - {float(middle)!r}, 2) AS d FROM {pairs} WHERE {usable})"
    ).fetchall()
    mae, mse, fourth, spread, spread_squared, both = map(float, sums)
    of_mse = math.sqrt(max(fourth - mse**2, 0) / rows)
    found = {
        "mae": Metric(mae, math.sqrt(max(mse - mae**2, 0) / rows)),
        "mse": Metric(mse, of_mse),
        "rmse": Metric(math.sqrt(mse), of_mse / (2 * math.sqrt(mse)) if mse else 0.0),
    }
    if spread > 0:
        # Of a quotient of two means.
        ratio = mse / spread
        variance = (fourth - mse**2) + ratio**2 * (spread_squared - spread**2) - 2 * ratio * (both - mse * spread)
        found["r2"] = Metric(1 - ratio, math.sqrt(max(variance, 0) / rows) / spread)
    return Quality(rows, unusable, found)


def binary(connection: duckdb.DuckDBPyConnection, relation: str, positive: str, threshold: float | None) -> Quality:
    """Metrics of two classes, of the columns `truth`, `prediction` and `probability`.

    Args:
        connection: DuckDB's.
        relation: A table with these columns.
        positive: The label of the class that is looked for.
        threshold: From which probability on it is predicted; None where the label is told.
    """
    told = f"prediction = {text(positive)}" if threshold is None else f"probability >= {threshold!r}"
    missing = "prediction IS NULL" if threshold is None else "probability IS NULL"
    [[tp, fp, fn, tn, lost, rows]] = connection.execute(
        f"SELECT {', '.join(f'count(*) FILTER (NOT ({missing}) AND {each})' for each in _QUADRANTS)},"
        f" count(*) FILTER ({missing}), count(*) FROM"
        f" (SELECT *, {label('truth')} = {text(positive)} AS is_so, {told} AS said FROM"
        f" (SELECT truth, {label('prediction')} AS prediction, probability FROM {relation}))"
    ).fetchall()
    unusable = _reasons(predictions_that_say_nothing=lost)
    if rows == lost:
        return Quality(0, unusable)
    counts = numpy.asarray([tp, fp, fn, tn], dtype=numpy.float64)
    found = _with_draws(counts, _of_two_classes)
    curves: dict[str, Any] = {"confusion_matrix": {"0": {"0": tn, "1": fp}, "1": {"0": fn, "1": tp}}}
    groups = connection.execute(
        f"SELECT round(probability * {_STEPS}), count(*) FILTER ({label('truth')} = {text(positive)}), count(*)"
        f" FROM {relation} WHERE probability BETWEEN 0 AND 1 GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if len(groups) > 1:
        table = numpy.asarray(groups, dtype=numpy.float64)
        area, more = _curves(table[:, 1], table[:, 2] - table[:, 1])
        curves |= more
        found |= {"auc": area} if area else {}
    return Quality(rows - lost, unusable, found, curves)


def multiclass(connection: duckdb.DuckDBPyConnection, relation: str) -> Quality:
    """Metrics of several classes, weighted by how frequent they are, of the columns `truth` and `prediction`."""
    cells = connection.execute(
        f"SELECT {label('truth')}, {label('prediction')}, count(*) FROM {relation} GROUP BY ALL ORDER BY 1, 2"
    ).fetchall()
    lost = sum(count for _, told, count in cells if told is None)
    kept = [(str(truth), str(told), int(count)) for truth, told, count in cells if told is not None]
    unusable = _reasons(predictions_that_say_nothing=lost)
    names = sorted({each for truth, told, _ in kept for each in (truth, told)})
    if not kept or len(names) > _CLASSES:
        many = sum(count for *_, count in kept)
        return Quality(0, {**unusable, **_reasons(**{f"more_than_{_CLASSES}_classes": many})})
    place = {name: number for number, name in enumerate(names)}
    matrix = numpy.zeros((len(names), len(names)))
    for truth, told, count in kept:
        matrix[place[truth], place[told]] = count
    found = _with_draws(matrix.ravel(), _of_classes)
    shown = {a: {b: int(matrix[place[a], place[b]]) for b in names} for a in names}
    return Quality(int(matrix.sum()), unusable, found, {"confusion_matrix": shown})


def label(column: str) -> str:
    """The text of a label; numbers are the same however they are written."""
    number = f"try_cast({column} AS DOUBLE)"
    return (
        f"coalesce(CASE WHEN {number} = trunc({number}) THEN CAST(try_cast({number} AS BIGINT) AS VARCHAR) END,"
        f" trim({column}))"
    )


_QUADRANTS = ("is_so AND said", "NOT is_so AND said", "is_so AND NOT said", "NOT is_so AND NOT said")
_BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}


def _of_two_classes(counts: Floats) -> dict[str, Floats]:
    tp, fp, fn, tn = counts
    total = tp + fp + fn + tn
    share = (tp + fn) / total
    recall, precision = _ratio(tp, tp + fn), _ratio(tp, tp + fp)
    found = {
        "recall": recall,
        "precision": precision,
        "accuracy": (tp + tn) / total,
        # The constant answer that is right most often among those that name anybody.
        "recall_best_constant_classifier": numpy.ones_like(total),
        "precision_best_constant_classifier": share,
        "accuracy_best_constant_classifier": numpy.maximum(share, 1 - share),
        "true_positive_rate": recall,
        "true_negative_rate": _ratio(tn, tn + fp),
        "false_positive_rate": _ratio(fp, fp + tn),
        "false_negative_rate": _ratio(fn, fn + tp),
    }
    for name, beta in _BETAS.items():
        found[name] = _f(precision, recall, beta)
        found[f"{name}_best_constant_classifier"] = _f(share, numpy.ones_like(share), beta)
    return found


def _of_classes(cells: Floats) -> dict[str, Floats]:
    size = math.isqrt(len(cells))
    matrix = cells.reshape(size, size, *cells.shape[1:])
    right = numpy.stack([matrix[place, place] for place in range(size)])
    given, told = matrix.sum(axis=1), matrix.sum(axis=0)
    total = given.sum(axis=0)
    weights = given / total
    recall, precision = _ratio(right, given), _ratio(right, told)
    most = weights.max(axis=0)
    found = {
        "accuracy": right.sum(axis=0) / total,
        "weighted_recall": (weights * recall).sum(axis=0),
        "weighted_precision": (weights * precision).sum(axis=0),
    }
    constant = {"accuracy": most, "weighted_recall": most, "weighted_precision": most**2}
    for name, beta in _BETAS.items():
        found[f"weighted_{name}"] = (weights * _f(precision, recall, beta)).sum(axis=0)
        constant[f"weighted_{name}"] = most * _f(most, numpy.ones_like(most), beta)
    return found | {f"{name}_best_constant_classifier": value for name, value in constant.items()}


def _with_draws(counts: Floats, figures: Callable[[Floats], Mapping[str, Floats]]) -> dict[str, Metric]:
    """Figures of counts of cells, and how they vary over what the counts may have come from."""
    # No cell is impossible because it is empty: together they weigh one row.
    draws = numpy.random.default_rng(_SEED).dirichlet(counts + 1 / len(counts), size=_DRAWS).T
    exact, drawn = figures(counts[:, None]), figures(draws)
    return {name: Metric(float(exact[name][0]), float(drawn[name].std())) for name in exact}


def _curves(positives: Floats, negatives: Floats) -> tuple[Metric | None, dict[str, Any]]:
    """The area below the curve and its standard deviation, and both curves, of counts by rising probability.

    See DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988).
    """
    found, others = positives.sum(), negatives.sum()
    if not found or not others:
        return None, {}
    # Of each: which share of the others is below, ties by halves.
    above = (numpy.cumsum(negatives) - negatives / 2) / others
    below = 1 - (numpy.cumsum(positives) - positives / 2) / found
    area = float((positives * above).sum() / found)
    variance = sum(
        float((counts * (shares - area) ** 2).sum() / total / max(total - 1, 1))
        for counts, shares, total in ((positives, above, found), (negatives, below, others))
    )
    said = numpy.cumsum(positives[::-1]), numpy.cumsum(negatives[::-1])
    true, false = (numpy.concatenate([[0.0], each]) for each in (said[0] / found, said[1] / others))
    kept = numpy.unique(numpy.linspace(0, len(true) - 1, _POINTS).round().astype(int))
    precision = numpy.concatenate([[1.0], said[0] / (said[0] + said[1])])
    return Metric(area, math.sqrt(variance)), {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": _listed(false[kept]),
            "true_positive_rates": _listed(true[kept]),
        },
        "precision_recall_curve": {"precisions": _listed(precision[kept]), "recalls": _listed(true[kept])},
    }


def _f(precision: Floats, recall: Floats, beta: float) -> Floats:
    return _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def _ratio(above: Floats, below: Floats) -> Floats:
    return numpy.divide(above, below, out=numpy.zeros_like(above, dtype=numpy.float64), where=below > 0)


def _listed(values: Floats) -> Sequence[float]:
    return [round(float(each), 6) for each in values]


def _reasons(**counts: int) -> dict[str, int]:
    return {name.replace("_", " "): int(count) for name, count in counts.items() if count}
