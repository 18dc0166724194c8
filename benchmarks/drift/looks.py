"""How often daily looks promote a challenger, over seeded comparisons: one that is no better, and ones that are.

    PYTHONPATH=benchmarks:containers/monitor python -m drift.looks

Each comparison has 150 requests with a truth a day, is looked at daily from the seventh day to the end of the eighth
week, and stops when the challenger is recommended. Beside it, what the same test says that is made for one look
(McNemar's exact test, a test of means).
"""

import importlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from monitor.comparison.evidence import of_shares
from monitor.statistics.always_valid import mean_p_value, share_p_value

STATS: Any = importlib.import_module("scipy.stats")
ROWS, DAYS, FIRST, RATE, RUNS = 150, 56, 7, 0.05, 1_000
CASES = (
    ("wrong answers, shadow", "labels", (0.0, 0.01, 0.02, 0.03)),
    ("errors of numbers, shadow", "numbers", (0.0, 0.03, 0.05, 0.1)),
    ("errors of which some are large, shadow", "large", (0.0,)),
    ("wrong answers, shared requests", "shares", (0.0, 0.02, 0.03, 0.05)),
)


@dataclass(frozen=True)
class Promoted:
    """The day on which a challenger was recommended, and whether a test for one look would have done so."""

    day: int | None
    naive: bool


def of_shadow(kind: str, better: float, seed: int) -> Promoted:
    """One comparison of a shadow test."""
    source, rows = numpy.random.default_rng(seed), ROWS * DAYS
    if kind == "labels":
        found = source.choice([-1.0, 0.0, 1.0], size=rows, p=[0.05 - better / 2, 0.9, 0.05 + better / 2])
    elif kind == "numbers":
        found = source.normal(better, 1, rows)
    else:
        found = source.lognormal(0, 1.2, rows) - source.lognormal(0, 1.2, rows)
    naive = False
    for day in range(FIRST, DAYS + 1):
        known = found[: day * ROWS]
        mean, variance = float(known.mean()), float(known.var() / len(known))
        plus, minus = int((known > 0).sum()), int((known < 0).sum())
        if kind == "labels":
            p_value, once = share_p_value(plus, minus, 0.5), STATS.binom.sf(plus - 1, plus + minus, 0.5)
        else:
            p_value, once = mean_p_value(mean, variance, len(known)), STATS.norm.sf(mean / variance**0.5)
        naive = naive or once <= RATE
        if p_value <= RATE:
            return Promoted(day, naive)
    return Promoted(None, naive)


def of_shared(better: float, seed: int) -> Promoted:
    """One comparison of variants that share the requests, on a ramp from 20 to 57 %, while requests become harder."""
    source, hours = numpy.random.default_rng(seed), list[list[Any]]()
    naive = False
    for day in range(1, DAYS + 1):
        counts = 120 - day, 30 + day
        wrong = 0.1 + 0.001 * day, max(0.1 + 0.001 * day - better, 0.0)
        errors = [int(source.binomial(count, rate)) for count, rate in zip(counts, wrong, strict=True)]
        hours.append([f"{day:03}", counts[0], errors[0], errors[0], counts[1], errors[1], errors[1]])
        evidence = of_shares(hours)
        if day < FIRST or evidence.rows < 500:
            continue
        naive = naive or STATS.norm.sf(evidence.advantage / evidence.variance**0.5) <= RATE
        if evidence.p_better <= RATE:
            return Promoted(day, naive)
    return Promoted(None, naive)


def line(name: str, better: float, found: Sequence[Promoted]) -> str:
    """A row of the table."""
    days = [each.day for each in found if each.day is not None]
    shown = f"{statistics.median(days):g}" if better and days else ""
    share, naive = len(days) / len(found), sum(each.naive for each in found) / len(found)
    return f"| {name} | {better:g} | {share:.1%} | {shown} | {naive:.1%} |"


def main() -> None:
    """Print the table."""
    print("| compared | better by | promoted | on day (median) | by a test for one look |")
    print("|---|---|---|---|---|")
    for name, kind, effects in CASES:
        for better in effects:
            each = (
                of_shared(better, seed) if kind == "shares" else of_shadow(kind, better, seed) for seed in range(RUNS)
            )
            print(line(name, better, list(each)), flush=True)


if __name__ == "__main__":
    main()
