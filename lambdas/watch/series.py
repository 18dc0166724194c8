"""The values of one metric, as the log has shown them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

_EXACT = 1_000
"""The latest values are kept one by one: no rule looks at more rounds."""
_MOST_ODD = 10

Point = tuple[int, float]


@dataclass
class Series:
    """The values of a metric with the numbers of their rounds, which begin with 1.

    ``stream`` is where the metric was seen first: several machines may log the same one. Older values are thinned
    out, so that a job of weeks does not outgrow its item; the lowest, the highest and some that are no numbers stay.
    """

    stream: str
    points: list[Point] = field(default_factory=list[Point])
    rounds: int = 0

    def add(self, value: float) -> None:
        """Take the value of the next round."""
        self.rounds += 1
        self.points.append((self.rounds, value))
        if len(self.points) > 2 * _EXACT:
            self._thin_out()

    def numbers(self) -> Sequence[Point]:
        """The values that are numbers."""
        return [point for point in self.points if math.isfinite(point[1])]

    def odd(self) -> Sequence[Point]:
        """The values that are not: NaN and the infinities."""
        return [point for point in self.points if not math.isfinite(point[1])]

    def _thin_out(self) -> None:
        older, latest = self.points[:-_EXACT], self.points[-_EXACT:]
        numbers = [point for point in older if math.isfinite(point[1])]
        odd = [point for point in older if not math.isfinite(point[1])]
        extremes = [find(numbers, key=lambda point: point[1]) for find in (min, max)] if numbers else []
        self.points = [*sorted({*numbers[::2], *extremes}), *odd[:_MOST_ODD], *latest]
