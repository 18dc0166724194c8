"""Bounds and p values that hold however often somebody looks, and whenever somebody stops.

A test that is made for one look is wrong far more often than it says when it is looked at each day until it says yes.
What is here is right at all looks at once: the chance that a bound is ever wrong, from the first look to the last, is
at most the rate it was made for.

Shares are decided by a bet on each row, whose winnings are no martingale under anything but the null hypothesis
(Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical Statistics 41,
1970; Ville's inequality). Means of other things are approximated as normal, which takes hundreds of rows
(Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52, 2024).
"""

import math

from scipy.special import betaln
from scipy.stats import beta

_ROWS_IN_MIND = 2_000
"""The bounds of means are narrowest at about as many rows, and right at all others."""
_RATE_IN_MIND = 0.05
_STEPS = 50


def share_p_value(successes: float, failures: float, share: float) -> float:
    """How often chance alone ever gives so many successes, while no more than ``share`` of rows are any.

    With as many rows that are better as successes, as many that are worse as failures, and a half, this is McNemar's
    test, made for any number of looks. Counts may have fractions: rows that are alike count for less than one.
    """
    if successes <= 0 or not 0 < share < 1:
        return 1.0
    # The stake is spread evenly over all shares above the one in question.
    above = float(beta.logsf(share, successes + 1, failures + 1))
    won = float(betaln(successes + 1, failures + 1)) + above - math.log1p(-share)
    won -= successes * math.log(share) + failures * math.log1p(-share)
    return math.exp(min(-won, 0.0))


def share_bounds(successes: float, failures: float, rate: float) -> tuple[float, float]:
    """The least and the greatest share that rows may have, each of which is ever wrong at most at this rate."""
    return _least(successes, failures, rate), 1 - _least(failures, successes, rate)


def mean_bounds(mean: float, variance: float, rows: float, rate: float) -> tuple[float, float]:
    """The least and the greatest mean, each of which is ever wrong at most at this rate.

    Args:
        mean: What was found.
        variance: Of what was found: that of one row, by the number of rows.
        rows: How many there were.
        rate: Above 0 and below 1.
    """
    if rows <= 0:
        return -math.inf, math.inf
    known = rows * _tightness() + 1
    wide = math.sqrt(variance * 2 * known / (known - 1) * math.log1p(math.sqrt(known) / (2 * rate)))
    return mean - wide, mean + wide


def mean_p_value(mean: float, variance: float, rows: float) -> float:
    """How often chance alone ever gives a mean as far above 0, while the true one is not above it."""
    if mean <= 0 or rows <= 0:
        return 1.0
    if variance <= 0:
        return 0.0
    known = rows * _tightness() + 1
    excess = mean * mean / variance * (known - 1) / (2 * known)
    return min(1.0, math.sqrt(known) / 2 / math.expm1(excess)) if excess < 500 else 0.0


def _least(successes: float, failures: float, rate: float) -> float:
    low, high = 0.0, successes / (successes + failures) if successes + failures else 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if share_p_value(successes, failures, middle) <= rate:
            low = middle
        else:
            high = middle
    return low


def _tightness() -> float:
    double = -2 * math.log(_RATE_IN_MIND)
    return (double + math.log(double + 1)) / _ROWS_IN_MIND
