"""Whether two samples may come from one distribution, by their counts."""

from dataclasses import dataclass

import numpy
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from monitor.statistics.quadratic_form import tail

Floats = NDArray[numpy.float64]

_FEWEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Comparison:
    """What a test has found.

    Args:
        statistic: The test's own number.
        p_value: How often chance alone gives one as large.
    """

    statistic: float
    p_value: float


NOTHING_TO_COMPARE = Comparison(0.0, 1.0)


def compare_ordered(reference: ArrayLike, current: ArrayLike) -> Comparison:
    """The two-sample test of Anderson and Darling on counts of ordered bins.

    It finds shifts nearly as well as tests that look for shifts only, and changes of spread and shape as well. Ties
    are bins with several rows, hence nothing special. Its null distribution is that of a quadratic form, whose
    weights follow from the pooled counts.

    See Pettitt, "A two-sample Anderson-Darling rank statistic", Biometrika 63 (1976).

    Args:
        reference: Counts of the baseline by bin, in the order of the bins.
        current: Counts of the rows in the same bins.
    """
    before, now = (numpy.asarray(each, dtype=numpy.float64) for each in (reference, current))
    used = before + now > 0
    before, now = before[used], now[used]
    rows_before, rows_now = before.sum(), now.sum()
    if rows_before == 0 or rows_now == 0 or len(before) < 2:
        return NOTHING_TO_COMPARE
    pooled = (before + now) / (rows_before + rows_now)
    below = numpy.cumsum(pooled)[:-1]
    distance = numpy.cumsum(before / rows_before)[:-1] - numpy.cumsum(now / rows_now)[:-1]
    # An edge stands for the halves of the bins beside it.
    mass = (pooled[:-1] + pooled[1:]) / 2
    weight = mass / (below * (1 - below))
    size = rows_before * rows_now / (rows_before + rows_now)
    statistic = float(size * (weight * distance**2).sum())
    covariance = numpy.minimum.outer(below, below) - numpy.outer(below, below)
    root = numpy.sqrt(weight)
    weights: Floats = numpy.linalg.eigvalsh(root[:, None] * covariance * root[None, :]).astype(numpy.float64)
    return Comparison(statistic, tail(statistic, weights))


def compare_categories(reference: ArrayLike, current: ArrayLike) -> Comparison:
    """Pearson's test of homogeneity on counts of categories.

    Both samples are as uncertain as they are large; a test that takes the shares of the reference for exact raises
    false alarms as soon as the rows are as many. Rare categories are counted together.

    Args:
        reference: Counts of the baseline by category.
        current: Counts of the rows by the same categories.
    """
    table = numpy.asarray([reference, current], dtype=numpy.float64)
    table = table[:, table.sum(axis=0) > 0]
    totals = table.sum(axis=1, keepdims=True)
    if (totals == 0).any() or table.shape[1] < 2:
        return NOTHING_TO_COMPARE
    table = _with_rare_ones_together(table, totals)
    if table.shape[1] < 2:
        return NOTHING_TO_COMPARE
    expected = totals * table.sum(axis=0, keepdims=True) / totals.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = table.shape[1] - 1
    return Comparison(statistic, float(chi2.sf(statistic, freedom)))


def _with_rare_ones_together(table: Floats, totals: Floats) -> Floats:
    least = totals.min() * table.sum(axis=0) / totals.sum()
    rare = least < _FEWEST_EXPECTED
    if rare.sum() < 2:
        return table
    kept, together = table[:, ~rare], table[:, rare].sum(axis=1, keepdims=True)
    return numpy.concatenate([kept, together], axis=1)
