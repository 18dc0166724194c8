"""Decisions that a statistician signs: right at every size, and as sharp as tests that are told what to look for."""

import importlib
from typing import Any

import numpy
import pytest
from numpy.typing import NDArray

from monitor.statistics.effects import moved_distance, moved_share
from monitor.statistics.many_features import discoveries, rate_of_a_run
from monitor.statistics.quadratic_form import tail
from monitor.statistics.two_samples import compare_categories, compare_ordered

Numbers = NDArray[Any]
# SciPy has no types of its own.
stats: Any = importlib.import_module("scipy.stats")
REFERENCE = 5_000
RUNS = 400


def _counts(edges: Numbers, values: Numbers) -> Numbers:
    return numpy.bincount(numpy.searchsorted(edges, values), minlength=len(edges) + 1)


def _p_values(shift: float, rows: int, seed: int) -> tuple[Numbers, Numbers, Numbers]:
    """Of our test, Kolmogorov and Smirnov's, and Mann and Whitney's, each run with a baseline of its own."""
    source = numpy.random.default_rng(seed)
    found: list[tuple[float, ...]] = []
    for _ in range(RUNS):
        before, now = source.normal(size=REFERENCE), source.normal(shift, size=rows)
        edges = numpy.quantile(before, numpy.linspace(0, 1, 65)[1:-1])
        ours = compare_ordered(_counts(edges, before), _counts(edges, now)).p_value
        judges = stats.ks_2samp(before, now, method="asymp").pvalue, stats.mannwhitneyu(before, now).pvalue
        found.append((ours, *judges))
    ours, smirnov, whitney = numpy.asarray(found).T
    return ours, smirnov, whitney


@pytest.mark.parametrize("terms", [1, 10])
def test_the_tail_of_equal_weights_is_that_of_chi_squared(terms: int) -> None:
    for share in (0.9, 0.5, 0.05, 1e-3, 1e-6, 1e-9):
        value = float(stats.chi2.isf(share, terms)) / 2
        assert tail(value, numpy.full(terms, 0.5)) == pytest.approx(share, rel=0.12)
    assert tail(0.0, numpy.full(terms, 0.5)) == 1.0


@pytest.mark.parametrize(("share", "value"), [(0.1, 1.933), (0.05, 2.492), (0.025, 3.070), (0.01, 3.857)])
def test_the_tail_is_that_of_anderson_and_darlings_table(share: float, value: float) -> None:
    """The limits that Stephens lists for large samples of a distribution that is known."""
    weights = numpy.asarray([1 / (number * (number + 1)) for number in range(1, 2_000)])
    assert tail(value, weights) == pytest.approx(share, rel=0.1)


def test_the_statistic_is_that_of_pettitt() -> None:
    """Of rows without ties, each in a bin of its own: "A two-sample Anderson-Darling rank statistic", 1976."""
    source = numpy.random.default_rng(3)
    before, now = source.normal(size=400), source.normal(0.4, 1.3, size=150)
    order = numpy.sort(numpy.concatenate([before, now]))
    total, first = len(order), len(before)
    place = numpy.arange(1, total)
    below = numpy.searchsorted(numpy.sort(before), order[:-1], side="right")
    expected = ((below * total - place * first) ** 2 / (place * (total - place))).sum() / (first * len(now))
    found = compare_ordered(_counts(order[:-1], before), _counts(order[:-1], now))
    assert found.statistic == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rows", [50, 1_000])
def test_false_alarms_are_as_rare_as_stated(rows: int) -> None:
    ours, _, _ = _p_values(0.0, rows, seed=rows)
    for rate in (0.05, 0.01):
        # Four standard deviations of so many runs.
        assert (ours <= rate).mean() <= rate + 4 * (rate * (1 - rate) / RUNS) ** 0.5
    assert (ours <= 0.05).mean() >= 0.015


def test_shifts_are_found_as_by_tests_that_look_for_shifts_only() -> None:
    ours, smirnov, whitney = _p_values(0.2, 500, seed=1)
    for rate in (0.05, 0.01, 0.001):
        found, theirs, best = ((each <= rate).mean() for each in (ours, smirnov, whitney))
        assert found > theirs
        assert found > best - 0.05


def test_other_spreads_and_shapes_are_found_too() -> None:
    source = numpy.random.default_rng(2)
    before = source.normal(size=REFERENCE)
    edges = numpy.quantile(before, numpy.linspace(0, 1, 65)[1:-1])
    wide, double = source.normal(0, 1.4, size=1_000), numpy.abs(source.normal(size=1_000)) - 0.8
    for now in (wide, double):
        assert compare_ordered(_counts(edges, before), _counts(edges, now)).p_value < 1e-6


def test_categories_are_uncertain_on_both_sides() -> None:
    source = numpy.random.default_rng(4)
    shares = [0.5, 0.3, 0.15, 0.04, 0.01]
    p_values: list[float] = []
    naive: list[float] = []
    for _ in range(RUNS):
        before, now = source.multinomial(10_000, shares), source.multinomial(10_000, shares)
        p_values.append(compare_categories(before, now).p_value)
        naive.append(stats.chisquare(now, before * now.sum() / before.sum()).pvalue)
    assert 0.02 <= (numpy.asarray(p_values) <= 0.05).mean() <= 0.1
    # What takes the shares of the baseline for exact is wrong in every third run.
    assert (numpy.asarray(naive) <= 0.05).mean() > 0.2
    moved = source.multinomial(1_000, [0.4, 0.4, 0.15, 0.04, 0.01])
    assert compare_categories([5_000, 3_000, 1_500, 400, 100], moved).p_value < 1e-6


def test_rare_categories_raise_no_false_alarms() -> None:
    source = numpy.random.default_rng(5)
    shares = numpy.full(200, 1 / 200)
    found = [
        compare_categories(source.multinomial(20_000, shares), source.multinomial(60, shares)).p_value
        for _ in range(RUNS)
    ]
    assert (numpy.asarray(found) <= 0.05).mean() <= 0.1


@pytest.mark.parametrize("rows", [200, 1_000, 100_000])
@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_an_effect_is_as_large_for_few_rows_as_for_many(rows: int, shift: float) -> None:
    source = numpy.random.default_rng(6)
    found: list[float] = []
    for _ in range(60):
        before, now = source.normal(size=REFERENCE), source.normal(shift, size=rows)
        edges = numpy.quantile(before, numpy.linspace(0, 1, 65)[1:-1])
        places = numpy.searchsorted(edges, before)
        centres = [before[places == bin_].mean() for bin_ in range(65 - 1)]
        found.append(moved_distance(_counts(edges, before), _counts(edges, now), centres, before.std()))
    assert numpy.mean(found) == pytest.approx(shift, abs=0.03 + (0.03 if rows == 200 else 0))


def test_a_share_is_that_of_rows_that_would_have_to_change() -> None:
    assert moved_share([50_000, 30_000, 20_000], [30_000, 50_000, 20_000]) == pytest.approx(0.2, abs=0.001)
    assert moved_share([500, 300, 200], [5, 3, 2]) == 0
    assert moved_share([10, 0], [0, 10]) == pytest.approx(0.98, abs=0.03)


def test_nothing_is_said_of_nothing() -> None:
    for compare in (compare_ordered, compare_categories):
        assert compare([], []).p_value == 1
        assert compare([5, 5], [0, 0]).p_value == 1
        assert compare([5], [7]).p_value == 1
    assert moved_distance([5, 5], [0, 0], [0, 1], 1.0) == 0
    assert moved_distance([1_000], [1_000], [1], 0.0) == 0


def test_of_many_features_few_are_named_wrongly() -> None:
    source = numpy.random.default_rng(7)
    alarms, named, wrong = 0, 0, 0
    for _ in range(1_000):
        p_values = source.uniform(size=50)
        alarms += bool(discoveries(p_values, 0.05).any())
        p_values[:10] = source.uniform(high=1e-4, size=10)
        found = discoveries(p_values, 0.05)
        named, wrong = named + found.sum(), wrong + found[10:].sum()
        assert found[:10].all()
    assert 0.02 <= alarms / 1_000 <= 0.08
    assert wrong / named <= 0.06
    assert not len(discoveries([], 0.05))


def test_a_year_of_runs_raises_as_few_alarms_as_the_settings_allow() -> None:
    assert rate_of_a_run(1.0, 1.0) == pytest.approx(1 / 8766)
    assert rate_of_a_run(1.0, 24.0) == pytest.approx(24 / 8766)
    assert rate_of_a_run(1e9, 1.0) == 0.05
