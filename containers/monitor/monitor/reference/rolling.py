"""The reference that rolls: what runs of the last days had, by the bins of the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from monitor.counts import FeatureCounts, HourCounts
from monitor.reference.baseline import Baseline, FeatureBaseline
from monitor.reference.hours import Season, as_in, with_hours
from monitor.results.history import Run
from monitor.settings import Settings

Kept = Mapping[str, Sequence[Any]]


def counts_of(features: Mapping[str, FeatureCounts]) -> dict[str, list[Any]]:
    """What a run keeps for those after it: rows, missing ones, and the others by bin or category."""
    return {name: [each.rows, each.missing, list(each.counts)] for name, each in features.items()}


def rolling_reference(
    baseline: Baseline, runs: Sequence[Run], start: str, season: Season, settings: Settings
) -> Baseline | None:
    """The baseline with the counts of runs before; None when these have fewer rows than the minimum.

    With a season, only runs count that began at the same hour of it. How much rows of one run are alike is estimated
    from how much runs differ.
    """
    now = datetime.fromisoformat(start)
    slot = season.slot(now)
    earliest = now - timedelta(days=settings.rolling_days)
    kept: list[Kept] = []
    for run in runs:
        began = datetime.fromisoformat(run["start"])
        if earliest <= began < now and season.slot(began) == slot and run.get("counts"):
            kept.append(run["counts"])
    features, outputs = (
        [_feature(each, kept) for each in listed] for listed in (baseline.features, baseline.outputs)
    )
    found = Baseline(features, outputs)
    return found if found.rows >= settings.minimum_rows else None


def _feature(feature: FeatureBaseline, kept: Sequence[Kept]) -> FeatureBaseline:
    bins = len(feature.numbers.counts) if feature.numbers else len(feature.categories) + 1
    # Of another baseline, whose bins were others, nothing can be said.
    of_it = [given for each in kept if (given := each.get(feature.name)) and len(given[2]) == bins]
    runs = [HourCounts(int(rows), int(missing), counts) for rows, missing, counts in of_it]
    known = with_hours(replace(feature, rows=0, missing=0, slots={}), [(0, each) for each in runs])
    rows = sum(each.rows for each in runs)
    return replace(_as_one(known, rows), slots={}) if rows else known


def _as_one(feature: FeatureBaseline, rows: int) -> FeatureBaseline:
    [found] = as_in(Baseline([feature]), {0: rows}).features
    return found
