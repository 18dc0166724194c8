"""Pictures as SVG inside a page: no library, no request, no style but the page's classes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.page.words import shown, size
from monitor.reference.baseline import FeatureBaseline

_BUCKETS = 22
_MOST_BARS = 24
_CATEGORIES = 6


@dataclass(frozen=True)
class Point:
    """What a check was in a run.

    Args:
        start: When the window of the run began.
        effect: How large the change was; None where nothing was decided.
        state: What was decided.
    """

    start: str
    effect: float | None
    state: str


def over_runs(points: Sequence[Point], threshold: float, width: int = 260, height: int = 64) -> str:
    """How large a change was in each run, with its threshold; runs that decided nothing are gaps."""
    top, bottom, left, right = 10, height - 6, 4, width - 8
    effects = [each.effect for each in points if each.effect is not None]
    # One that is far beyond all others, such as a change of unit, would hide the rest.
    highest = max([threshold * 1.6, *(min(each, threshold * 12) for each in effects)])

    def at(place: int, effect: float) -> tuple[float, float]:
        x = left + (right - left) * (place / max(len(points) - 1, 1) if len(points) > 1 else 1)
        return x, bottom - (bottom - top) * min(effect / highest, 1)

    _, limit = at(0, threshold)
    shapes = [f'<line class="limit" x1="{left}" y1="{limit:.1f}" x2="{right}" y2="{limit:.1f}"/>']
    path, pen = "", "M"
    for place, each in enumerate(points):
        if each.effect is None:
            pen = "M"
            continue
        x, y = at(place, each.effect)
        path, pen = f"{path}{pen}{x:.1f} {y:.1f}", "L"
    shapes.append(f'<path class="line" d="{path}"/>' if path else "")
    for place, each in enumerate(points):
        last = place == len(points) - 1
        if each.effect is not None and (each.state == "violation" or last):
            x, y = at(place, each.effect)
            kind = "bad" if each.state == "violation" else "now"
            shapes.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{4 if last else 2.6}"/>')
    named = f"{len(points)} runs, {sum(each.state == 'violation' for each in points)} of them violations"
    return _picture(shapes, width, height, named)


def traffic(points: Sequence[tuple[str, str, int]], width: int = 880, height: int = 96) -> str:
    """A bar of rows for each run, by its state: when it began, what it decided, how many rows it had."""
    most = max([rows for *_, rows in points], default=0) or 1
    step = width / max(len(points), 30)
    shapes: list[str] = [f'<line class="axis" x1="0" y1="{height - 1}" x2="{width}" y2="{height - 1}"/>']
    for place, (start, state, rows) in enumerate(points):
        tall = max((height - 12) * rows / most, 3)
        kind = {"violation": "bad", "fine": "fine", "not enough": "few"}.get(state, "none")
        x = width - step * (len(points) - place)
        shapes.append(
            f'<rect class="{kind}" x="{x + 1:.1f}" y="{height - 1 - tall:.1f}" width="{max(step - 2, 1):.1f}"'
            f' height="{tall:.1f}" rx="{min(2, step / 4):.1f}"><title>{shown(start)}: {shown(state)},'
            f" {rows:,} rows</title></rect>"
        )
    return _picture(shapes, width, height, f"Rows of {len(points)} runs", "wide")


def bounds_over_looks(
    looks: Sequence[tuple[str, float, float, float]], wanted: float, width: int = 880, height: int = 150
) -> str:
    """What was found at each look, at least and at most; the line is 0, the dashed one what is wanted."""
    top, floor = 10.0, height - 10.0
    # The first looks know little, and would hide all others.
    shown_ends = [wanted, 0.0, *(end for _, _, *ends in looks[len(looks) // 4 :] for end in ends)]
    low, high = min(shown_ends), max(shown_ends)
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return floor - (floor - top) * min(max((value - low) / span, 0.0), 1.0)

    step = width / max(len(looks), 12)
    shapes = [
        f'<line class="axis" x1="0" y1="{at(0):.1f}" x2="{width}" y2="{at(0):.1f}"/>',
        f'<line class="limit" x1="0" y1="{at(wanted):.1f}" x2="{width}" y2="{at(wanted):.1f}"/>',
    ]
    for place, (_, effect, least, most) in enumerate(looks):
        x = step * (place + 0.5)
        shapes.append(f'<line class="line" x1="{x:.1f}" y1="{at(most):.1f}" x2="{x:.1f}" y2="{at(least):.1f}"/>')
        shapes.append(f'<circle class="now" cx="{x:.1f}" cy="{at(effect):.1f}" r="3.5"/>')
    return _picture(shapes, width, height, f"{len(looks)} looks, each with its bounds", "wide")


def distribution(feature: FeatureBaseline, counts: Sequence[float], width: int = 420, height: int = 132) -> str:
    """How values were spread, and how they are now."""
    if feature.numbers is None:
        return _categories(feature, counts, width)
    edges = [float(each) for each in feature.numbers.edges]
    before, now = _shares(feature.numbers.counts), _shares(counts)
    if len(before) > _MOST_BARS:
        before, now = _in_buckets(edges, before), _in_buckets(edges, now)
        ends = [f"≤ {size(edges[0])}", f"> {size(edges[-1])}"]
    else:
        ends = [size(feature.numbers.minimum), size(feature.numbers.maximum)]
    floor, most = height - 20, max([*before, *now, 1e-9])
    step = width / max(len(before), 1)
    shapes = [f'<line class="axis" x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>']
    for place, share in enumerate(before):
        tall = (floor - 8) * share / most
        shapes.append(
            f'<rect class="was" x="{place * step + 1:.1f}" y="{floor - tall:.1f}" width="{step - 2:.1f}"'
            f' height="{tall:.1f}"/>'
        )
    path = "".join(
        f"{'L' if place else 'M'}{place * step + 1:.1f} {floor - (floor - 8) * share / most:.1f}"
        f"H{(place + 1) * step - 1:.1f}"
        for place, share in enumerate(now)
    )
    shapes.append(f'<path class="is" d="{path}"/>')
    shapes += [
        f'<text class="dim" x="0" y="{height - 4}">{shown(ends[0])}</text>',
        f'<text class="dim end" x="{width}" y="{height - 4}">{shown(ends[1])}</text>',
    ]
    return _picture(shapes, width, height, f"Distribution of {feature.name}, baseline and now")


def ranks(names: Sequence[str], before: Sequence[float], now: Sequence[float], width: int = 520) -> str:
    """How much each feature counts, in the baseline and now, by bars."""
    row, label = 34, 150
    most, room = max([*before, *now, 1e-12]), width - 150 - 60
    shapes: list[str] = []
    for place, (name, was, is_now) in enumerate(zip(names, before, now, strict=True)):
        top = place * row
        shapes += [
            f'<text class="end" x="{label - 8}" y="{top + 19}">{shown(name, 20)}</text>',
            f'<rect class="was" x="{label}" y="{top + 5}" width="{room * was / most:.1f}" height="10"/>',
            f'<rect class="fine" x="{label}" y="{top + 17}" width="{room * is_now / most:.1f}" height="10" rx="2"/>',
            f'<text class="dim" x="{label + room * max(was, is_now) / most + 6:.1f}" y="{top + 20}">'
            f"{size(is_now)}</text>",
        ]
    return _picture(shapes, width, len(names) * row + 2, "Attributions, baseline and now")


def coverage(days: Sequence[tuple[str, int, int]], width: int = 880, height: int = 84) -> str:
    """Predictions of each day, and those whose truth is known."""
    most = max([rows for _, rows, _ in days], default=0) or 1
    step, floor = width / max(len(days), 14), height - 1
    shapes = [f'<line class="axis" x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>']
    for place, (day, rows, truths) in enumerate(days):
        x = width - step * (len(days) - place)
        for kind, count in (("was", rows), ("fine", truths)):
            tall = (height - 10) * count / most
            shapes.append(
                f'<rect class="{kind}" x="{x + 1:.1f}" y="{floor - tall:.1f}" width="{max(step - 2, 1):.1f}"'
                f' height="{tall:.1f}"><title>{shown(day)}: {truths:,} of {rows:,}</title></rect>'
            )
    return _picture(shapes, width, height, "Predictions by day, and those with a truth", "wide")


def meter(effect: float, threshold: float, state: str) -> str:
    """How far a change is along the way to its threshold, which is in the middle."""
    filled = min(effect / (2 * threshold), 1) if threshold else 1.0
    kind = "bad" if state == "violation" else "fine" if state == "fine" else "few"
    shapes = [
        '<rect class="track" x="0" y="3" width="120" height="6" rx="3"/>',
        f'<rect class="{kind}" x="0" y="3" width="{120 * filled:.1f}" height="6" rx="3"/>',
        '<line class="limit" x1="60" y1="0" x2="60" y2="12"/>',
    ]
    return _picture(shapes, 120, 12, f"{size(effect)} of {size(threshold)}", "meter")


def _categories(feature: FeatureBaseline, counts: Sequence[float], width: int) -> str:
    names = [*feature.categories, "values not listed"]
    before = _shares([*feature.categories.values(), feature.others])
    rows = list(zip(names, before, _shares(counts), strict=True))
    rows = [each for each in rows if each[1] or each[2]]
    kept = sorted(rows, key=lambda each: -max(each[1], each[2]))[:_CATEGORIES]
    rest = [each for each in rows if each not in kept]
    if rest:
        kept.append((f"{len(rest)} more", sum(each[1] for each in rest), sum(each[2] for each in rest)))
    row, label = 30, 120
    most, room = max([max(was, now) for _, was, now in kept], default=1) or 1, width - 120 - 110
    shapes: list[str] = []
    for place, (name, was, now) in enumerate(kept):
        top = place * row
        shapes += [
            f'<text class="end" x="{label - 8}" y="{top + 17}">{shown(name, 16)}</text>',
            f'<rect class="was" x="{label}" y="{top + 3}" width="{room * was / most:.1f}" height="9"/>',
            f'<rect class="fine" x="{label}" y="{top + 14}" width="{room * now / most:.1f}" height="9" rx="2"/>',
            f'<text class="dim" x="{label + room * max(was, now) / most + 6:.1f}" y="{top + 17}">'
            f"{was:.1%} → {now:.1%}</text>",
        ]
    return _picture(shapes, width, len(kept) * row + 2, f"Shares of {feature.name}, baseline and now")


def _in_buckets(edges: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Shares of buckets of equal width between the outer edges, and of all below and above."""
    low, high = edges[0], edges[-1]
    width = (high - low) / _BUCKETS or 1.0
    found = [0.0] * _BUCKETS
    for (begin, end), share in zip(itertools.pairwise(edges), shares[1:-1], strict=True):
        first, last = (min(int((each - low) / width), _BUCKETS - 1) for each in (begin, end))
        for place in range(first, last + 1):
            inside = min(end, low + (place + 1) * width) - max(begin, low + place * width)
            found[place] += share * max(inside, 0.0) / (end - begin) if end > begin else share
    return [shares[0], *found, shares[-1]]


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    return [each / total if total else 0.0 for each in counts]


def _picture(shapes: Sequence[str], width: float, height: float, title: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    stretched = ' preserveAspectRatio="none"' if kind == "wide" else ""
    return (
        f'<svg{named} viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"{stretched} role="img"'
        f' aria-label="{shown(title, 120)}">{"".join(shapes)}</svg>'
    )
