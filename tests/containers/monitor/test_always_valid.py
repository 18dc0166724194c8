"""Bounds that hold at all looks at once: how often they are wrong, over seeded comparisons with daily looks."""

import importlib
from typing import Any

import numpy
import pytest
from numpy.typing import NDArray

from monitor.comparison.evidence import of_pairs, of_shares
from monitor.statistics.always_valid import mean_bounds, mean_p_value, share_bounds, share_p_value

binom: Any = importlib.import_module("scipy.stats").binom
RATE, DAYS, ROWS, RUNS = 0.05, 56, 150, 300
Rows = NDArray[numpy.float64]


def differences(kind: str, source: numpy.random.Generator, better: float = 0.0) -> Rows:
    """Errors of the champion less those of the challenger, of which chance alone makes the mean differ from 0."""
    rows = DAYS * ROWS
    match kind:
        case "labels":
            return source.choice([-1.0, 0.0, 1.0], size=rows, p=[0.05 - better / 2, 0.9, 0.05 + better / 2])
        case "numbers":
            return source.normal(better, 1, rows)
        case _:
            # Some errors are very large.
            return source.lognormal(0, 1.2, rows) - source.lognormal(0, 1.2, rows)


def promoted(kind: str, seed: int, *, naive: bool = False, better: float = 0.0) -> bool:
    """Whether any look of eight weeks says that the challenger is better."""
    found = differences(kind, numpy.random.default_rng(seed), better)
    for day in range(4, DAYS + 1):
        rows = found[: day * ROWS]
        if kind == "labels":
            plus, minus = int((rows > 0).sum()), int((rows < 0).sum())
            p_value = float(binom.sf(plus - 1, plus + minus, 0.5)) if naive else share_p_value(plus, minus, 0.5)
        else:
            p_value = mean_p_value(float(rows.mean()), float(rows.var() / len(rows)), len(rows))
        if p_value <= RATE:
            return True
    return False


@pytest.mark.parametrize("kind", ["labels", "numbers", "large errors"])
def test_daily_looks_promote_no_more_often_than_stated(kind: str) -> None:
    wrong = sum(promoted(kind, seed) for seed in range(RUNS)) / RUNS
    assert wrong <= RATE


def test_a_test_for_one_look_would_not_do() -> None:
    assert sum(promoted("labels", seed, naive=True) for seed in range(RUNS)) / RUNS > 3 * RATE


@pytest.mark.parametrize(("kind", "better"), [("labels", 0.02), ("numbers", 0.08)])
def test_one_that_is_better_is_found(kind: str, better: float) -> None:
    assert sum(promoted(kind, seed, better=better) for seed in range(50)) >= 49


def _hours(seed: int, alike: float) -> list[list[object]]:
    """Two weeks of hours, in each of which one of the two is luckier."""
    source = numpy.random.default_rng(seed)
    hours: list[list[object]] = []
    for hour in range(14 * 24):
        found = source.normal(source.normal(0, alike), 1, 30)
        hours.append([f"{hour:04}", 30, found.sum(), (found**2).sum(), (found > 0).sum(), (found < 0).sum(), 30.0])
    return hours


def test_rows_of_an_hour_that_are_alike_count_for_less() -> None:
    wrong = naive = 0
    for seed in range(100):
        hours = _hours(seed, 1.0)
        looks = [of_pairs(hours[: 24 * day], counted=True) for day in range(1, 15)]
        assert looks[-1].alike > 5
        wrong += any(each.p_better <= RATE for each in looks)
        # As they are, luck of hours would be taken for merit.
        naive += any(share_p_value(each.better or 0, each.worse or 0, 0.5) <= RATE for each in looks)
    assert (wrong <= 100 * RATE, naive > 100 * 3 * RATE) == (True, True), (wrong, naive)
    independent = [of_pairs(_hours(seed, 0.0), counted=True).alike for seed in range(50)]
    assert numpy.mean(independent) < 1.1


def test_shares_of_requests_promote_no_more_often_than_stated() -> None:
    wrong = 0
    for seed in range(RUNS):
        source = numpy.random.default_rng(seed)
        hours: list[list[object]] = []
        for day in range(28):
            # A ramp, while requests become harder.
            counts = (200 - 5 * day, 20 + 5 * day)
            errors = [source.binomial(count, 0.1 + 0.005 * day) for count in counts]
            hours.append([f"{day:02}", counts[0], errors[0], errors[0], counts[1], errors[1], errors[1]])
            evidence = of_shares(hours)
            if evidence.rows >= 100 and evidence.p_better <= RATE:
                wrong += 1
                break
    assert wrong / RUNS <= RATE


def test_bounds_are_around_what_was_found_and_narrow() -> None:
    few, many = share_bounds(95, 5, RATE), share_bounds(9_500, 500, RATE)
    assert few[0] < many[0] < 0.95 < many[1] < few[1]
    assert many[1] - many[0] < 0.02
    assert share_bounds(1_000, 0, RATE)[0] > 0.99
    assert share_bounds(0, 0, RATE) == (0.0, 1.0)
    least, most = mean_bounds(0.2, 1 / 2_000, 2_000, RATE)
    assert least < 0.2 < most
    assert mean_p_value(0.2, 1 / 2_000, 2_000) < RATE
    # The bound at the rate that a p value is excludes 0 and nothing beyond.
    p_value = mean_p_value(0.08, 1 / 2_000, 2_000)
    assert mean_bounds(0.08, 1 / 2_000, 2_000, p_value)[0] == pytest.approx(0, abs=1e-9)
    assert (mean_p_value(-0.1, 0.01, 100), mean_p_value(0.1, 0.0, 100), mean_bounds(0, 0, 0, RATE)[1]) == (
        1.0,
        0.0,
        float("inf"),
    )
