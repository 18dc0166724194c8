"""Decisions about many features at once, and about many runs."""

import numpy
from numpy.typing import ArrayLike, NDArray


def discoveries(p_values: ArrayLike, rate: float) -> NDArray[numpy.bool_]:
    """Which of many tests have found something, by Benjamini and Hochberg.

    Of those that are named, the share that chance has made is at most the rate on average. While nothing has changed
    at all, the rate is how often a run names any.

    Args:
        p_values: How often chance alone gives a change as large, by test.
        rate: The share that is bearable.

    See "Controlling the false discovery rate", Journal of the Royal Statistical Society B 57 (1995).
    """
    given = numpy.asarray(p_values, dtype=numpy.float64)
    found = numpy.zeros(len(given), dtype=numpy.bool_)
    order = numpy.argsort(given, kind="stable")
    limits = rate * numpy.arange(1, len(given) + 1) / max(len(given), 1)
    passed = numpy.flatnonzero(given[order] <= limits)
    if len(passed):
        found[order[: passed[-1] + 1]] = True
    return found


def rate_of_a_run(false_alarms_a_year: float, hours_between_runs: float) -> float:
    """How often one run may raise a false alarm, so that a year of runs raises no more than these on average.

    Args:
        false_alarms_a_year: How many are bearable.
        hours_between_runs: How often it runs.
    """
    runs = 365.25 * 24 / hours_between_runs
    return min(false_alarms_a_year / runs, 0.05)
