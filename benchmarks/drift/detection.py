"""What is found of shifted columns, and how often nothing is called something: ours beside the defaults of others.

Runs in the environment of the image: `make bench-monitor`. Values are drawn as counts on a fine grid, so that a
million rows cost no more than fifty. The defaults of the peers are computed as their documentation states them.
"""

import argparse
import datetime
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from bench.machine import describe_machine
from monitor.statistics.effects import moved_distance, moved_share
from monitor.statistics.many_features import discoveries, rate_of_a_run
from monitor.statistics.two_samples import compare_categories, compare_ordered

# SciPy has no types of its own.
stats: Any = importlib.import_module("scipy.stats")
Floats = NDArray[numpy.float64]

REFERENCE = 10_000
ROWS = (50, 200, 1_000, 10_000, 100_000, 1_000_000)
FEATURES = (1, 20, 200)
EFFECTS = (0.0, 0.05, 0.1, 0.2, 0.5, 1.0)
RUNS = 500
_POOL = 20
_GRID = numpy.linspace(-6.0, 6.0, 1_201)
_MIDDLES = (_GRID[1:] + _GRID[:-1]) / 2
_STEP = float(_GRID[1] - _GRID[0])
_SHARES = numpy.asarray([0.4, 0.3, 0.2, 0.07, 0.03])
_BINS = 64
_THRESHOLD = 0.1


@dataclass(frozen=True)
class Column:
    """What was found of one column in each run.

    Args:
        p_values: Of our test.
        effects: Of ours.
        others: Whether each peer's default calls it different.
    """

    p_values: Floats
    effects: Floats
    others: Mapping[str, NDArray[numpy.bool_]]


@dataclass(frozen=True)
class Cell:
    """One line of the table.

    Args:
        kind: Of the columns.
        features: How many there are; one of them has moved.
        rows: How many rows a run has.
        effect: By how many standard deviations, or by which share, it has moved.
        ours: How often we say so, by default.
        others: How often the peers say so.
        matched: How often our test says so at the same rate of false alarms as each peer's.
    """

    kind: str
    features: int
    rows: int
    effect: float
    ours: float
    others: Mapping[str, float]
    matched: Mapping[str, float]


def numbers(rows: int, effect: float, runs: int, source: numpy.random.Generator) -> Column:
    """Normal numbers that are shifted."""
    before_p, now_p = (numpy.diff(stats.norm.cdf(_GRID, loc=shift)) for shift in (0.0, effect))
    found: list[tuple[float, ...]] = []
    for _ in range(runs):
        before = source.multinomial(REFERENCE, before_p / before_p.sum()).astype(numpy.float64)
        now = source.multinomial(rows, now_p / now_p.sum()).astype(numpy.float64)
        below = numpy.cumsum(before) / REFERENCE
        places = numpy.minimum((below * _BINS - 1e-9).astype(int), _BINS - 1)
        old, new = (_counted(places, each, _BINS) for each in (before, now))
        sums = _counted(places, before * _MIDDLES, _BINS)
        centres = numpy.divide(sums, old, out=numpy.zeros(_BINS), where=old > 0)
        mean = float((before * _MIDDLES).sum() / REFERENCE)
        deviation = float(numpy.sqrt((before * (_MIDDLES - mean) ** 2).sum() / REFERENCE))
        gap = numpy.abs(numpy.cumsum(before) / REFERENCE - numpy.cumsum(now) / rows)
        # Of Doane's rule for ten thousand normal values.
        wide = numpy.minimum((numpy.arange(len(before)) * 22) // len(before), 21)
        doane = _counted(wide, before, 22), _counted(wide, now, 22)
        found.append((
            compare_ordered(old, new).p_value, moved_distance(old, new, centres, deviation),
            gap.sum() * _STEP / deviation, _jensen_shannon(*doane), gap.max(),
        ))  # fmt: skip
    table = numpy.asarray(found)
    others = {"Evidently": table[:, 2] > 0.1, "NannyML": table[:, 3] > 0.1, "Model Monitor": table[:, 4] > 0.1}
    return Column(table[:, 0], table[:, 1], others)


def categories(rows: int, effect: float, runs: int, source: numpy.random.Generator) -> Column:
    """Categories of which one has become as much more frequent, at the cost of the most frequent one."""
    now_p = _SHARES + numpy.asarray([-1, 0, 1, 0, 0]) * min(effect, 0.39)
    found: list[tuple[float, ...]] = []
    for _ in range(runs):
        before = source.multinomial(REFERENCE, _SHARES).astype(numpy.float64)
        now = source.multinomial(rows, now_p).astype(numpy.float64)
        largest = numpy.abs(before / REFERENCE - now / rows).max()
        found.append((compare_categories(before, now).p_value, moved_share(before, now),
                      _jensen_shannon(before, now), largest))  # fmt: skip
    table = numpy.asarray(found)
    others = {"Evidently": table[:, 2] > 0.1, "NannyML": table[:, 2] > 0.1, "Model Monitor": table[:, 3] > 0.1}
    return Column(table[:, 0], table[:, 1], others)


def cells(kind: str, rows: int, runs: int, rate: float, seed: int) -> list[Cell]:
    """The lines of one kind of columns and one number of rows."""
    draw: Callable[..., Column] = numbers if kind == "number" else categories
    source = numpy.random.default_rng((seed, rows, len(kind)))
    same = draw(rows, 0.0, runs * _POOL, source)
    moved = {effect: draw(rows, effect, runs, source) for effect in EFFECTS if effect}
    found: list[Cell] = []
    for features in FEATURES:
        # Columns that are the same are taken from one pool: a run of 20 has each once, a run of 200 some again.
        chosen = source.integers(0, runs * _POOL, size=(runs, features))
        if features == _POOL:
            chosen = numpy.arange(runs * _POOL).reshape(runs, _POOL)
        nothing = _alarms(same, chosen, None, rate)
        for effect in EFFECTS:
            column = moved.get(effect)
            ours, others = _alarms(same, chosen, column, rate)
            matched = {name: _matched(same, chosen, column, float(share)) for name, share in nothing[1].items()}
            found.append(Cell(kind, features, rows, effect, ours, others, matched))
    return found


def _alarms(same: Column, chosen: NDArray[Any], moved: Column | None, rate: float) -> tuple[float, dict[str, float]]:
    """How often a run says of the moved column that it has moved; of any, where none has."""
    p_values, effects = same.p_values[chosen].copy(), same.effects[chosen].copy()
    others = {name: each[chosen].copy() for name, each in same.others.items()}
    if moved is not None:
        p_values[:, 0], effects[:, 0] = moved.p_values, moved.effects
        for name, each in others.items():
            each[:, 0] = moved.others[name]
    said = numpy.stack([discoveries(each, rate) for each in p_values]) & (effects > _THRESHOLD)
    return _share(said, moved), {name: _share(each, moved) for name, each in others.items()}


def _share(said: NDArray[numpy.bool_], moved: Column | None) -> float:
    """In which share of runs the moved column is named; any, where none has moved."""
    return float(numpy.mean(said.any(axis=1) if moved is None else said[:, 0]))


def _matched(same: Column, chosen: NDArray[Any], moved: Column | None, rate: float) -> float:
    """How often our test alone finds the column, at the rate of false alarms that a peer has in a run."""
    p_values = same.p_values[chosen].copy()
    if moved is not None:
        p_values[:, 0] = moved.p_values
    # No run in so many is one in as many at most.
    said = numpy.stack([discoveries(each, max(rate, 1 / len(chosen))) for each in p_values])
    return _share(said, moved)


def report(found: Sequence[Cell], rate: float, runs: int, day: str) -> str:
    """The page of results."""
    names = list(found[0].others)
    quiet = [each for each in found if each.effect == 0]
    worst = max(each.ours for each in quiet)
    loud = [each for each in found if each.effect > 0]
    lost = {name: [each for each in loud if each.others[name] > each.matched[name] + 0.02] for name in names}
    lines = [
        f"# What the monitor finds, {day}",
        "",
        f"{describe_machine()}. {runs} seeded runs a cell, a reference of {REFERENCE:,} rows. Ours is as by",
        f"default: at most {rate:.5f} false alarms a run (one a year of hourly runs), larger than {_THRESHOLD}.",
        "Evidently is 0.7's default for references above 1,000 rows: Wasserstein's distance, of categories Jensen",
        "and Shannon's, above 0.1. NannyML's is Jensen and Shannon's above 0.1, Model Monitor's the largest",
        "difference of distributions above 0.1. One column of all has moved; a run without a change is a false",
        "alarm when any is named. Beside a peer's rate is that of our test alone at the same rate of false alarms,",
        f"or at one in {runs} where the peer had none.",
        "",
        f"- False alarms of ours: at most {worst:.3f} of {runs} runs in each of {len(quiet)} cells.",
    ]
    lines += [
        f"- {name} finds more than our test at its rate of false alarms in {len(lost[name])} of {len(loud)} cells."
        for name in names
    ]
    for kind in ("number", "category"):
        for features in FEATURES:
            lines += ["", f"## {features} {kind} column{'s' if features > 1 else ''}", ""]
            head = " | ".join(f"{name}, ours at its rate" for name in names)
            lines += [
                f"| rows | moved by | ours | runs until found | {head} |",
                "|---:|---:|---:|---:|" + "---:|" * 3,
            ]
            for each in found:
                if (each.kind, each.features) == (kind, features):
                    delay = "" if not each.effect else f"{1 / each.ours:.1f}" if each.ours else "never"
                    peers = " | ".join(f"{each.others[name]:.3f}, {each.matched[name]:.3f}" for name in names)
                    lines.append(f"| {each.rows:,} | {each.effect:g} | {each.ours:.3f} | {delay} | {peers} |")
    return "\n".join(lines) + "\n"


def _counted(places: NDArray[Any], weights: Floats, bins: int) -> Floats:
    return numpy.asarray(numpy.bincount(places, weights=weights, minlength=bins), dtype=numpy.float64)


def _jensen_shannon(before: Floats, now: Floats) -> float:
    left, right = before / before.sum(), now / now.sum()
    mean = (left + right) / 2

    def divergence(share: Floats) -> float:
        used = share > 0
        return float((share[used] * numpy.log2(share[used] / mean[used])).sum())

    return float(numpy.sqrt(max((divergence(left) + divergence(right)) / 2, 0.0)))


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "results")
    given = parser.parse_args()
    rate = rate_of_a_run(1.0, 1.0)
    found = [each for kind in ("number", "category") for rows in ROWS
             for each in cells(kind, rows, given.runs, rate, given.seed)]  # fmt: skip
    day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    page = given.output / f"monitor-detection-{day}.md"
    page.write_text(report(found, rate, given.runs, day))
    print(page)


if __name__ == "__main__":
    main()
