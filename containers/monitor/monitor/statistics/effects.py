"""By how much rows are spread otherwise: as large for a thousand rows as for a million."""

import numpy
from numpy.typing import ArrayLike

_HALF_NORMAL = float(numpy.sqrt(2 / numpy.pi))


def moved_distance(reference: ArrayLike, current: ArrayLike, centres: ArrayLike, deviation: float) -> float:
    """How far values have moved on average, in standard deviations of the baseline.

    It is the distance of Wasserstein between both samples, less what chance alone gives for as many rows.

    Args:
        reference: Counts of the baseline by bin, in the order of the bins.
        current: Counts of the rows in the same bins.
        centres: Mean value of each bin.
        deviation: Standard deviation of the baseline.
    """
    before, now, places = (numpy.asarray(each, dtype=numpy.float64) for each in (reference, current, centres))
    rows_before, rows_now = before.sum(), now.sum()
    if rows_before == 0 or rows_now == 0 or len(before) < 2:
        return 0.0
    gaps = numpy.diff(places)
    below = numpy.cumsum((before + now) / (rows_before + rows_now))[:-1]
    distance = numpy.abs(numpy.cumsum(before / rows_before)[:-1] - numpy.cumsum(now / rows_now)[:-1])
    size = rows_before * rows_now / (rows_before + rows_now)
    by_chance = _HALF_NORMAL * float((numpy.sqrt(numpy.clip(below * (1 - below), 0, None) / size) * gaps).sum())
    moved = _beyond(float((distance * gaps).sum()), by_chance)
    if deviation > 0:
        return moved / deviation
    # A constant that is one no longer has moved further than any number says.
    return float("inf") if moved > 0 else 0.0


def moved_share(reference: ArrayLike, current: ArrayLike) -> float:
    """Which share of rows would have to change its category to be spread as before.

    It is the total variation distance, less what chance alone gives for as many rows.

    Args:
        reference: Counts of the baseline by category.
        current: Counts of the rows by the same categories.
    """
    before, now = (numpy.asarray(each, dtype=numpy.float64) for each in (reference, current))
    rows_before, rows_now = before.sum(), now.sum()
    if rows_before == 0 or rows_now == 0:
        return 0.0
    pooled = (before + now) / (rows_before + rows_now)
    size = rows_before * rows_now / (rows_before + rows_now)
    by_chance = 0.5 * _HALF_NORMAL * float(numpy.sqrt(pooled * (1 - pooled) / size).sum())
    return _beyond(0.5 * float(numpy.abs(before / rows_before - now / rows_now).sum()), by_chance)


def _beyond(found: float, by_chance: float) -> float:
    return float(numpy.sqrt(max(found**2 - by_chance**2, 0.0)))
