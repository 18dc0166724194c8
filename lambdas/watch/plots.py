"""The metrics of a training as SVG inside a page: no library, no request."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from lambdas.watch.series import Point, Series

_WIDTH, _HEIGHT = 680, 254
_LEFT, _TOP, _RIGHT, _BOTTOM = 78, 28, 14, 34
_TICKS = 5
_SPREAD = 1_000
"""From here on the scale is logarithmic."""
_MOST_POINTS = 500
_CHARACTER = 8


def plots(series: Mapping[str, Series]) -> str:
    """A picture for the metrics of each measure: ``train:loss`` and ``validation:loss`` share theirs."""
    groups: dict[str, dict[str, Series]] = {}
    for name, each in series.items():
        if each.points:
            groups.setdefault(name.rpartition(":")[2], {})[name] = each
    return "".join(_picture(measure, members) for measure, members in groups.items())


def _picture(measure: str, series: Mapping[str, Series]) -> str:
    numbers = [value for each in series.values() for _, value in each.numbers()]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    logarithmic = low > 0 and high / low > _SPREAD
    scale = _Scale(low, high, max(each.rounds for each in series.values()), logarithmic=logarithmic)
    shapes = [
        f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{_WIDTH - _LEFT - _RIGHT}" '
        f'height="{_HEIGHT - _TOP - _BOTTOM}"/>',
        *scale.ticks(),
    ]
    left = _LEFT
    for place, (name, each) in enumerate(series.items()):
        shapes += _line(each, scale, place % 4)
        shapes.append(f'<text class="words key line{place % 4}" x="{left}" y="{_TOP - 10}">{escape(name)}</text>')
        left += _CHARACTER * (len(name) + 3)
    suffix = ", logarithmic" if logarithmic else ""
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(measure)}">'
        f"{''.join(shapes)}</svg><figcaption>{escape(measure)} by round{suffix}</figcaption></figure>"
    )


def _line(series: Series, scale: "_Scale", place: int) -> list[str]:
    numbers = series.numbers()
    step = max(1, len(numbers) // _MOST_POINTS)
    shown: Sequence[Point] = [*numbers[:-1:step], *numbers[-1:]]
    spots = " ".join(f"{scale.x(number):.1f},{scale.y(value):.1f}" for number, value in shown)
    shapes = [f'<polyline class="line line{place}" points="{spots}"/>'] if len(shown) > 1 else []
    if len(shown) == 1:
        shapes.append(
            f'<circle class="dot line{place}" cx="{spots.split(",")[0]}" cy="{spots.split(",")[1]}" r="3"/>'
        )
    for number, value in series.odd()[:20]:
        x = scale.x(number)
        words = f"{value:g} in round {number}"
        shapes.append(
            f'<line class="odd" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}">'
            f"<title>{words}</title></line>"
        )
    return shapes


class _Scale:
    """From rounds and values to places in the picture."""

    def __init__(self, low: float, high: float, rounds: int, *, logarithmic: bool) -> None:
        self._logarithmic = logarithmic
        begin, end = self._of(low), self._of(high)
        room = (end - begin) * 0.05 or abs(end) * 0.1 or 1.0
        # What is never negative, such as a loss, stands on the axis.
        self._low = max(0.0, begin - room) if low >= 0 and not logarithmic else begin - room
        self._high, self._rounds = end + room, rounds

    def x(self, number: int) -> float:
        share = (number - 1) / (self._rounds - 1) if self._rounds > 1 else 0.5
        return _LEFT + 6 + share * (_WIDTH - _LEFT - _RIGHT - 12)

    def y(self, value: float) -> float:
        share = (self._of(value) - self._low) / (self._high - self._low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def ticks(self) -> list[str]:
        shapes: list[str] = []
        for step in range(_TICKS):
            at = self._low + (self._high - self._low) * step / (_TICKS - 1)
            value = 10**at if self._logarithmic else at
            y = _HEIGHT - _BOTTOM - step / (_TICKS - 1) * (_HEIGHT - _TOP - _BOTTOM)
            shapes.append(
                f'<text class="words" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
                f'<line class="frame" x1="{_LEFT - 4}" x2="{_LEFT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
        numbers = sorted({1 + round((self._rounds - 1) * step / (_TICKS - 1)) for step in range(_TICKS)})
        for number in numbers:
            shapes.append(
                f'<text class="words" x="{self.x(number):.1f}" y="{_HEIGHT - _BOTTOM + 18}" '
                f'text-anchor="middle">{number}</text>'
            )
        return shapes

    def _of(self, value: float) -> float:
        return math.log10(value) if self._logarithmic else value
