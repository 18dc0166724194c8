"""What answers with a truth say of two variants, kept by the hour: sums that runs add up, whatever their number.

An hour counts how much smaller the errors of the challenger are. Of a shadow test, both variants have answered the
same requests, and errors are subtracted row by row. Of variants that share the requests, hours are strata with the
weights of Cochran, Mantel and Haenszel, so that a share of traffic that changes meanwhile favours nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from monitor.statistics.always_valid import mean_bounds, mean_p_value, share_p_value

Floats = NDArray[numpy.float64]
Hours = Sequence[Sequence[Any]]
"""Of a shadow test: its start, answers, sum of differences, of their squares, rows that the challenger has answered
better and worse, and the champion's sum of errors. Of shared requests: its start, and answers, sum of errors and of
their squares of the champion and of the challenger."""

_ENOUGH_HOURS = 10


@dataclass(frozen=True)
class Evidence:
    """What is known of the advantage of the challenger.

    Args:
        test: How it is decided.
        champion_rows: Answers of the champion that have a truth.
        challenger_rows: Those of the challenger.
        champion_error: The champion's mean error.
        challenger_error: The challenger's.
        advantage: By how much the challenger's mean error is smaller.
        variance: Of the advantage.
        worth: How many independent rows these are worth, as rows of one hour are alike.
        better: Rows that the challenger has answered better, where this is counted.
        worse: Rows that it has answered worse.
        alike: So many rows count for one.
        p_better: How often chance alone ever gives as much, while the challenger is no better.
        p_worse: The same, while it is no worse.
    """

    test: str
    champion_rows: int = 0
    challenger_rows: int = 0
    champion_error: float = 0.0
    challenger_error: float = 0.0
    advantage: float = 0.0
    variance: float = 0.0
    worth: float = 0.0
    better: int | None = None
    worse: int | None = None
    alike: float = 1.0
    p_better: float = 1.0
    p_worse: float = 1.0

    @property
    def rows(self) -> int:
        """Answers of the variant that has fewer."""
        return min(self.champion_rows, self.challenger_rows)

    def bounds(self, rate: float) -> tuple[float, float]:
        """The least and the greatest advantage, each of which is ever wrong at most at this rate."""
        return mean_bounds(self.advantage, self.variance, self.worth, rate)

    def p_below(self, advantage: float) -> float:
        """How often chance alone ever gives as little, while the advantage is as large."""
        return mean_p_value(advantage - self.advantage, self.variance, self.worth)


def hours_added(kept: Iterable[Hours]) -> list[list[Any]]:
    """Hours of several runs, of which each has judged other rows of the same hours."""
    found: dict[str, list[float]] = {}
    for hours in kept:
        for start, *sums in hours:
            before = found.get(str(start), [0.0] * len(sums))
            found[str(start)] = [was + float(more) for was, more in zip(before, sums, strict=True)]
    return [[start, *found[start]] for start in sorted(found)]


def of_pairs(hours: Hours, *, counted: bool) -> Evidence:
    """Of a shadow test; ``counted`` where an answer is right or wrong, and nothing between."""
    test = "McNemar's test for any number of looks" if counted else "paired differences, for any number of looks"
    table = _table(hours)
    if not len(table) or not table[:, 0].sum():
        return Evidence(test)
    rows, sums, squares, better, worse, champion = table.sum(axis=0)
    mean = sums / rows
    of_rows = max(squares / rows - mean**2, 0.0) / rows
    alike = _alike(((table[:, 1] - table[:, 0] * mean) ** 2).sum() / rows**2, of_rows, len(table))
    variance, worth = of_rows * alike, rows / alike
    if counted:
        p_better, p_worse = (
            share_p_value(each / alike, other / alike, 0.5) for each, other in ((better, worse), (worse, better))
        )
    else:
        p_better, p_worse = (mean_p_value(each, variance, worth) for each in (mean, -mean))
    return Evidence(
        test=test,
        champion_rows=int(rows),
        challenger_rows=int(rows),
        champion_error=champion / rows,
        challenger_error=champion / rows - mean,
        advantage=mean,
        variance=variance,
        worth=worth,
        better=int(better),
        worse=int(worse),
        alike=alike,
        p_better=p_better,
        p_worse=p_worse,
    )


def of_shares(hours: Hours) -> Evidence:
    """Of variants that share the requests."""
    test = "two samples by the hour, for any number of looks"
    table = _table(hours)
    both = table[(table[:, 0] > 0) & (table[:, 3] > 0)] if len(table) else table
    if not len(both):
        return Evidence(test)
    variances = [_spread(*both[:, place : place + 3].sum(axis=0)) for place in (0, 3)]
    counts, other_counts = both[:, 0], both[:, 3]
    weights = counts * other_counts / (counts + other_counts)
    weights /= weights.sum()
    gaps = both[:, 1] / counts - both[:, 4] / other_counts
    advantage = float((weights * gaps).sum())
    of_rows = float((weights**2 * (variances[0] / counts + variances[1] / other_counts)).sum())
    alike = _alike((weights**2 * (gaps - advantage) ** 2).sum(), of_rows, len(both))
    variance, worth = of_rows * alike, float(counts.sum() + other_counts.sum()) / alike
    return Evidence(
        test=test,
        champion_rows=int(counts.sum()),
        challenger_rows=int(other_counts.sum()),
        champion_error=float(both[:, 1].sum() / counts.sum()),
        challenger_error=float(both[:, 4].sum() / other_counts.sum()),
        advantage=advantage,
        variance=variance,
        worth=worth,
        alike=alike,
        p_better=mean_p_value(advantage, variance, worth),
        p_worse=mean_p_value(-advantage, variance, worth),
    )


@dataclass(frozen=True)
class Agreement:
    """How often both have answered the same.

    Args:
        rows: Requests that both have answered.
        same: Those with the same answer.
        alike: So many rows count for one.
        mean: By how much the challenger's numbers are higher on average; None for labels.
        apart: How far both are apart on average.
    """

    rows: int = 0
    same: int = 0
    alike: float = 1.0
    mean: float | None = None
    apart: float | None = None

    @property
    def share(self) -> float | None:
        """The share of the same answers."""
        return self.same / self.rows if self.rows else None

    @property
    def worth(self) -> tuple[float, float]:
        """Answers that are the same, and that are not, by what they are worth."""
        return self.same / self.alike, (self.rows - self.same) / self.alike


def agreement_of(hours: Hours) -> Agreement:
    """Of hours: start, answers, the same ones, sums of how much higher and how far apart numbers are, and numbers."""
    table = _table(hours)
    if not len(table) or not table[:, 0].sum():
        return Agreement()
    rows, same, higher, apart, numbers = table.sum(axis=0)
    share = same / rows
    scatter = ((table[:, 1] - table[:, 0] * share) ** 2).sum() / rows**2
    alike = _alike(scatter, share * (1 - share) / rows, len(table))
    means = (higher / numbers, apart / numbers) if numbers else (None, None)
    return Agreement(int(rows), int(same), alike, *means)


def evidence_document(evidence: Evidence) -> Mapping[str, Any]:
    """It as JSON."""
    named = {
        "test": evidence.test,
        "champion_rows": evidence.champion_rows,
        "challenger_rows": evidence.challenger_rows,
        "champion_error": evidence.champion_error,
        "challenger_error": evidence.challenger_error,
        "advantage": evidence.advantage,
        "rows_that_count_for_one": round(evidence.alike, 3),
        "p_better": evidence.p_better,
        "p_worse": evidence.p_worse,
    }
    counts = {"better": evidence.better, "worse": evidence.worse}
    return named | {name: each for name, each in counts.items() if each is not None}


def _table(hours: Hours) -> Floats:
    return numpy.asarray([each[1:] for each in hours], dtype=numpy.float64)


def _spread(rows: float, sums: float, squares: float) -> float:
    return max(squares / rows - (sums / rows) ** 2, 0.0)


def _alike(scatter: float, of_rows: float, hours: int) -> float:
    """How much more hours differ than as many independent rows would: so many rows count for one."""
    if hours < _ENOUGH_HOURS or of_rows <= 0:
        return 1.0
    return max(1.0, float(scatter) * hours / (hours - 1) / of_rows)
