"""The 21 metrics of bias that SageMaker Clarify defines, of counts.

Definitions: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html. Facet `d` are the people who
may be disadvantaged, facet `a` are all others. Where pages and PyPI's `smclarify` disagree in order or sign, figures
are those of `smclarify`: the sign of `FT`, and `TE`, which is of false negatives to false positives.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy
from numpy.typing import NDArray

Floats = NDArray[numpy.float64]

PRE_TRAINING = ("CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL")
"""Metrics of labels alone."""
POST_TRAINING = (
    "DPPL", "DI", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "CDDPL", "TE", "FT", "GE",
)  # fmt: skip
"""Metrics of predictions."""
WITHOUT_TRUTH = ("CI", "DPPL", "DI", "CDDPL", "FT")
"""Metrics that take no truth."""

_NEIGHBOURS, _FEW = 5, 9


class Cell(NamedTuple):
    """Rows that have all of it in common.

    Args:
        disadvantaged: Whether they are of facet `d`.
        group: Their group, such as a department.
        label: Their label; None where it is not known.
        predicted: Whether the prediction is positive.
        rows: How many they are.
    """

    disadvantaged: bool
    group: str
    label: str | None
    predicted: bool
    rows: float


@dataclass(frozen=True)
class _Facet:
    """Counts of one facet, by label and prediction."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def rows(self) -> float:
        return self.tp + self.fp + self.fn + self.tn


def bias_metrics(cells: Sequence[Cell], positive: str) -> dict[str, float | None]:
    """All metrics but the flip test; None where one is not defined, as its group has no such rows.

    Args:
        cells: Counts of rows.
        positive: The label that is wished for. All others are negative.
    """
    a, d = (_facet(cells, positive, disadvantaged=each) for each in (False, True))
    if not a.rows or not d.rows:
        return {name: None for name in (*PRE_TRAINING, *POST_TRAINING) if name != "FT"}
    before, after = _labels(cells)
    mean = (before + after) / 2
    distance = numpy.abs(before - after)
    said = [(each.disadvantaged, each.group, each.predicted, each.rows) for each in cells]
    told = [(each.disadvantaged, each.group, each.label == positive, each.rows) for each in cells]
    return {
        "CI": (a.rows - d.rows) / (a.rows + d.rows),
        "DPL": (a.tp + a.fn) / a.rows - (d.tp + d.fn) / d.rows,
        "KL": _divergence(before, after),
        "JS": ((_divergence(before, mean) or 0.0) + (_divergence(after, mean) or 0.0)) / 2,
        "LP": float(numpy.sqrt((distance**2).sum())),
        "TVD": float(distance.sum() / 2),
        "KS": float(distance.max()),
        "CDDL": _disparity(told),
        "DPPL": (a.tp + a.fp) / a.rows - (d.tp + d.fp) / d.rows,
        "DI": _quotient((d.tp + d.fp) / d.rows, (a.tp + a.fp) / a.rows),
        "DCA": _difference(lambda x: _quotient(x.tp + x.fn, x.tp + x.fp), a, d),
        "DCR": _difference(lambda x: _quotient(x.tn + x.fp, x.tn + x.fn), d, a),
        "RD": _difference(lambda x: _quotient(x.tp, x.tp + x.fn), a, d),
        "SD": _difference(lambda x: _quotient(x.tn, x.tn + x.fp), d, a),
        "DAR": _difference(lambda x: _quotient(x.tp, x.tp + x.fp), a, d),
        "DRR": _difference(lambda x: _quotient(x.tn, x.tn + x.fn), d, a),
        "AD": (a.tp + a.tn) / a.rows - (d.tp + d.tn) / d.rows,
        "CDDPL": _disparity(said),
        "TE": _difference(lambda x: _quotient(x.fn, x.fp), d, a),
        "GE": _entropy(a, d),
    }


def support(cells: Sequence[Cell], positive: str) -> dict[str, int]:
    """Of how many rows the smaller facet's part of a metric is, where that is fewer than the facet has."""
    sides = [_facet(cells, positive, disadvantaged=each) for each in (False, True)]
    parts: Mapping[str, Callable[[_Facet], float]] = {
        "RD": lambda x: x.tp + x.fn,
        "SD": lambda x: x.tn + x.fp,
        "DAR": lambda x: x.tp + x.fp,
        "DRR": lambda x: x.tn + x.fn,
    }
    return {name: int(min(of(each) for each in sides)) for name, of in parts.items()}


def flip_test(features: Floats, predicted: NDArray[numpy.bool_], disadvantaged: NDArray[numpy.bool_]) -> float | None:
    """`FT`: how many of facet `d` are answered better than their neighbours of facet `a`, less those answered worse.

    The neighbours are the five nearest, or one where facet `a` has less than ten.

    Args:
        features: One row for each person.
        predicted: Whether the prediction is positive.
        disadvantaged: Whether the person is of facet `d`.
    """
    theirs, ours = features[~disadvantaged], features[disadvantaged]
    if not len(theirs) or not len(ours):
        return None
    nearest = _NEIGHBOURS if len(theirs) > _FEW else 1
    said, instead = predicted[disadvantaged], numpy.zeros(len(ours), dtype=numpy.bool_)
    answers = predicted[~disadvantaged]
    for place, person in enumerate(ours):
        distances = ((theirs - person) ** 2).sum(axis=1)
        # Of equally near ones, those that come first.
        chosen = numpy.argsort(distances, kind="stable")[:nearest]
        instead[place] = answers[chosen].sum() * 2 > nearest
    return float((int((said & ~instead).sum()) - int((~said & instead).sum())) / len(ours))


def _facet(cells: Sequence[Cell], positive: str, *, disadvantaged: bool) -> _Facet:
    counts: dict[tuple[bool, bool], float] = {}
    for each in cells:
        if each.disadvantaged == disadvantaged:
            key = each.label == positive, each.predicted
            counts[key] = counts.get(key, 0) + each.rows
    return _Facet(*(counts.get(key, 0) for key in ((True, True), (False, True), (True, False), (False, False))))


def _labels(cells: Sequence[Cell]) -> tuple[Floats, Floats]:
    """How labels are spread in facets `a` and `d`, in the order of the labels."""
    names = sorted({each.label or "" for each in cells})
    found = numpy.zeros((2, len(names)))
    for each in cells:
        found[int(each.disadvantaged), names.index(each.label or "")] += each.rows
    shares = found / found.sum(axis=1, keepdims=True)
    return shares[0], shares[1]


def _divergence(left: Floats, right: Floats) -> float | None:
    """Kullback and Leibler's; None where `left` has what `right` never has."""
    used = left > 0
    if (right[used] == 0).any():
        return None
    return float((left[used] * numpy.log(left[used] / right[used])).sum())


def _disparity(rows: Sequence[tuple[bool, str, bool, float]]) -> float | None:
    """How much more of the rejected than of the accepted are of facet `d`, on average over groups."""
    groups: dict[str, dict[tuple[bool, bool], float]] = {}
    for disadvantaged, group, accepted, count in rows:
        of_it = groups.setdefault(group, {})
        of_it[disadvantaged, accepted] = of_it.get((disadvantaged, accepted), 0) + count
    total, weighted = 0.0, 0.0
    for of_it in groups.values():
        size = sum(of_it.values())
        shares = [
            _quotient(of_it.get((True, accepted), 0), sum(of_it.get((each, accepted), 0) for each in (True, False)))
            for accepted in (False, True)
        ]
        # A group in which nobody is rejected, or accepted, has no share of those who are: it counts as none.
        weighted += size * ((shares[0] or 0.0) - (shares[1] or 0.0))
        total += size
    return weighted / total if total else None


def _entropy(a: _Facet, d: _Facet) -> float | None:
    """Half the squared coefficient of variation of benefits, which are 0, 1 and 2."""
    rows = a.rows + d.rows
    benefits = (0.0, a.fn + d.fn), (1.0, a.tp + a.tn + d.tp + d.tn), (2.0, a.fp + d.fp)
    mean = sum(benefit * count for benefit, count in benefits) / rows
    if not mean:
        return None
    return sum(count * ((benefit / mean) ** 2 - 1) for benefit, count in benefits) / (2 * rows)


def _difference(of: Callable[[_Facet], float | None], left: _Facet, right: _Facet) -> float | None:
    first, second = of(left), of(right)
    return None if first is None or second is None else first - second


def _quotient(above: float, below: float) -> float | None:
    return above / below if below else None


def in_words(metrics: Mapping[str, float | None]) -> dict[str, float | str]:
    """Metrics for a document: what is not defined says so."""
    return {
        name: "not defined" if value is None or not math.isfinite(value) else value for name, value in metrics.items()
    }
