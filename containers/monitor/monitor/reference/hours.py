"""What hours do to rows: those of one hour are alike, and those of one hour of the week are like those of the last.

Rows that are no independent draws vary more than their number says. How much more is estimated from how much the
hours of the baseline differ, and rows count for as many as they are worth. Where there is a season, rows are compared
with those of the same hours, each as much as it has rows now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy
from numpy.typing import NDArray

from monitor.counts import HourCounts
from monitor.reference.baseline import Baseline, FeatureBaseline, SlotCounts
from monitor.settings import SeasonKind

Floats = NDArray[numpy.float64]

# A category that fewer rows have says too little on its own of how hours differ.
_FREQUENT = 0.05


@dataclass(frozen=True)
class Season:
    """Which hours are like each other.

    Args:
        kind: All of them, those of the day, or those of the week.
        zone: Whose hours they are.
    """

    kind: SeasonKind
    zone: str

    def slot(self, hour: datetime) -> int:
        """The hour of the season, from 0, that an hour of UTC is."""
        local = (hour if hour.tzinfo else hour.replace(tzinfo=UTC)).astimezone(ZoneInfo(self.zone))
        if self.kind == "none":
            return 0
        return local.hour if self.kind == "hour of day" else local.weekday() * 24 + local.hour


def with_hours(feature: FeatureBaseline, hours: Iterable[tuple[int, HourCounts]]) -> FeatureBaseline:
    """A feature with its hours, each with its place in the season."""
    every = [(slot, each) for slot, each in hours if each.rows]
    if not every:
        return feature
    slots = numpy.asarray([slot for slot, _ in every])
    counts = numpy.asarray([each.counts for _, each in every], dtype=numpy.float64)
    rows, missing = (numpy.asarray([getattr(each, name) for _, each in every]) for name in ("rows", "missing"))
    alike = likeness(slots, counts, ordered=feature.numbers is not None)
    alike_missing = likeness(
        slots, numpy.stack([missing, rows - missing], axis=1).astype(numpy.float64), ordered=False
    )
    found: dict[int, SlotCounts] = {}
    for slot in sorted(set(slots.tolist())):
        of_it = slots == slot
        found[slot] = SlotCounts(
            rows=int(rows[of_it].sum()),
            missing=int(missing[of_it].sum()),
            counts=[int(each) for each in counts[of_it].sum(axis=0)],
            worth=worth(counts[of_it].sum(axis=1), alike),
            worth_of_rows=worth(rows[of_it], alike_missing),
        )
    return replace(feature, alike=alike, alike_missing=alike_missing, slots=found)


def likeness(slots: NDArray[numpy.int_], counts: Floats, *, ordered: bool) -> float:
    """How much values of one hour are like each other: the intraclass correlation, by the method of moments.

    It is that of the direction in which hours differ most: of all bins together, of ranks, or of one category.

    Args:
        slots: The place in the season of each hour.
        counts: Counts of each hour by bin or category.
        ordered: Whether bins have an order.

    See Rao and Scott, "A simple method for the analysis of clustered binary data", Biometrics 48 (1992).
    """
    most = 0.0
    measures: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    total = counts.sum()
    frequent = numpy.flatnonzero(counts.sum(axis=0) >= _FREQUENT * total) if total else []
    for slot in set(slots.tolist()):
        part = counts[slots == slot]
        part = part[part.sum(axis=1) > 0]
        if len(part) < 2:
            continue
        sizes = part.sum(axis=1)
        spread = part.sum(axis=0) / sizes.sum()
        free = 1 - sizes / sizes.sum()
        expected = float(free.sum()), float(((sizes - 1) * free).sum())
        used = spread > 0
        squares = (part[:, used] - sizes[:, None] * spread[used]) ** 2 / (sizes[:, None] * spread[used])
        found = {"all": float(squares.sum()) / max(int(used.sum()) - 1, 1)}
        if ordered:
            ranks = numpy.cumsum(spread) - spread / 2
            middle = float((spread * ranks).sum())
            variance = float((spread * (ranks - middle) ** 2).sum())
            if variance > 0:
                distances = part @ ranks / sizes - middle
                found["ranks"] = float((sizes * distances**2).sum()) / variance
        else:
            for place in frequent:
                share = spread[place]
                if 0 < share < 1:
                    distances = part[:, place] / sizes - share
                    found[str(place)] = float((sizes * distances**2).sum()) / float(share * (1 - share))
        for name, value in found.items():
            sums = measures[name]
            measures[name] = [sums[0] + value, sums[1] + expected[0], sums[2] + expected[1]]
    for value, none, each in measures.values():
        if each > 0:
            most = max(most, (value - none) / each)
    return min(most, 1.0)


def worth(sizes: Sequence[float] | Floats, alike: float) -> float:
    """As many independent rows say as much as hours of these sizes."""
    given = numpy.asarray(sizes, dtype=numpy.float64)
    return float((given / (1 + numpy.maximum(given - 1, 0) * alike)).sum())


def known_slots(baseline: Baseline, minimum_rows: int) -> set[int] | None:
    """The hours of the season of which the baseline has enough rows; None where it has no hours."""
    slots = [each.slots for each in (*baseline.features, *baseline.outputs) if each.slots]
    if not slots:
        return None
    return {slot for slot, each in slots[0].items() if each.rows >= minimum_rows}


def as_in(baseline: Baseline, rows: Mapping[int, int]) -> Baseline:
    """The baseline as it would be with as many rows of each hour of the season as there are now.

    Its counts are what they are worth, hence no whole numbers.
    """
    return Baseline(
        [_as_in(each, rows) for each in baseline.features], [_as_in(each, rows) for each in baseline.outputs]
    )


def _as_in(feature: FeatureBaseline, rows: Mapping[int, int]) -> FeatureBaseline:
    used = [(each, rows[slot]) for slot, each in feature.slots.items() if rows.get(slot) and each.rows]
    if not used:
        return feature
    total = sum(now for _, now in used)
    shares = numpy.asarray([now / total for _, now in used])
    worth_of_rows = 1 / sum(share**2 / each.worth_of_rows for share, (each, _) in zip(shares, used, strict=True))
    missing = sum(share * each.missing / each.rows for share, (each, _) in zip(shares, used, strict=True))
    valued = [(each, share) for share, (each, _) in zip(shares, used, strict=True) if each.worth > 0]
    counts = numpy.zeros(len(used[0][0].counts))
    if valued:
        given = sum(share for _, share in valued)
        for each, share in valued:
            counts += share / given * numpy.asarray(each.counts) / sum(each.counts)
        counts *= 1 / sum((share / given) ** 2 / each.worth for each, share in valued)
    listed = [float(each) for each in counts]
    common = replace(feature, rows=worth_of_rows, missing=missing * worth_of_rows)
    if feature.numbers:
        return replace(common, numbers=replace(feature.numbers, counts=listed))
    return replace(common, categories=dict(zip(feature.categories, listed, strict=False)), others=listed[-1])
