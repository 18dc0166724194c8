"""Weeks of requests about real people: the diabetes data set that ships with scikit-learn, asked again and again.

A request is one of 442 patients. More come by day than by night, older ones at weekends, and each hour is a little of
its own. The model is a logistic regression of these people, and truth is what the data set says of them.
"""

import math
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy
from numpy.typing import NDArray

from harness.monitor.captured import captured, told

Numbers = NDArray[numpy.float64]
COLUMNS: Sequence[str] = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "ward")
FIRST = datetime(2026, 9, 28, tzinfo=UTC)
"""A Monday."""
_ROWS = """
from sklearn.datasets import load_diabetes
found = load_diabetes(scaled=False)
for row, target in zip(found.data, found.target):
    print(",".join(str(round(float(each), 4)) for each in (*row, target)))
"""
Fault = Callable[[dict[str, str], numpy.random.Generator], None]
"""Changes a request."""


@dataclass(frozen=True)
class Asked:
    """A request: when, of whom, what the model has answered, and what is true."""

    at: datetime
    name: str
    values: Mapping[str, str]
    score: float
    truth: int

    def line(self) -> str:
        """As SageMaker captures it."""
        row = ",".join(self.values[each] for each in COLUMNS)
        return captured(row, f"{self.score:.4f}", at=f"{self.at:%Y-%m-%dT%H:%M:%SZ}", inference=self.name)

    def told(self) -> str:
        """What turned out to be true."""
        return told(self.name, str(self.truth))


class Patients:
    """The people, and the model.

    Args:
        python: Of an environment with scikit-learn.
    """

    def __init__(self, python: Path) -> None:
        said = subprocess.run([python, "-c", _ROWS], check=True, capture_output=True, text=True).stdout
        table = numpy.asarray([[float(each) for each in line.split(",")] for line in said.splitlines()])
        self.rows: Numbers = table[:, :-1]
        self.ill: Numbers = (table[:, -1] > numpy.median(table[:, -1])).astype(float)
        self._center, self._scale = self.rows.mean(axis=0), self.rows.std(axis=0)
        design = self._design(self.rows)
        weights = numpy.zeros(design.shape[1])
        for _ in range(20):
            chance = 1 / (1 + numpy.exp(-design @ weights))
            curvature = design.T @ (design * (chance * (1 - chance))[:, None]) + numpy.eye(len(weights))
            weights += numpy.linalg.solve(curvature, design.T @ (self.ill - chance) - weights)
        self._weights = weights

    def day(
        self,
        day: datetime,
        seed: int,
        *,
        rows: int,
        fault: Fault | None = None,
        ill: float = 1.0,
        flipped: float = 0.0,
        against: float = 0.0,
    ) -> list[Asked]:
        """The requests of a day.

        Args:
            day: Which.
            seed: Of who comes.
            rows: How many, about.
            fault: What happens to each request before the model sees it.
            ill: How many times as often those come who are ill.
            flipped: The share of people about whom the model is wrong by now, as they have changed.
            against: By how much scores of women are lower.
        """
        source = numpy.random.default_rng((seed, day.toordinal()))
        age, found = self.rows[:, 0], list[Asked]()
        for hour in range(24):
            awake = math.sin(math.pi * (hour + 0.5) / 24) ** 2
            older = 0.02 if day.weekday() >= 5 else 0.0
            weights = numpy.exp(
                (older + source.normal(0, 0.002)) * (age - age.mean()) + 0.01 * awake * (age - age.mean())
            )
            weights *= numpy.where(self.ill > 0, ill, 1.0)
            chosen = source.choice(
                len(age), size=source.poisson(rows * (0.4 + 1.2 * awake) / 24), p=weights / weights.sum()
            )
            for number, person in enumerate(chosen):
                values = dict(zip(COLUMNS, (f"{each:g}" for each in self.rows[person]), strict=False))
                values["sex"] = "f" if self.rows[person, 1] == 2 else "m"
                values["ward"] = str(source.choice(["north", "south", "east"], p=[0.5, 0.3, 0.2]))
                if fault:
                    fault(values, source)
                truth = int(self.ill[person]) ^ int(source.uniform() < flipped)
                score = self._score(values) - (against if values["sex"] == "f" else 0.0)
                at = day + timedelta(hours=hour, minutes=int(source.integers(60)))
                found.append(Asked(at, f"{seed}-{day:%d}-{hour}-{number}", values, min(max(score, 0.0), 1.0), truth))
        return found

    def training_rows(self, days: int, rows: int) -> str:
        """Rows of the weeks before, with their time, answer and truth, as CSV with a header."""
        lines = [",".join((*COLUMNS, "at", "score", "ill"))]
        for number in range(days):
            for each in self.day(FIRST - timedelta(days=days - number), 1, rows=rows):
                values = ",".join(each.values[name] for name in COLUMNS)
                lines.append(f"{values},{each.at:%Y-%m-%dT%H:%M:%SZ},{each.score:.4f},{each.truth}")
        return "\n".join(lines)

    def _design(self, rows: Numbers) -> Numbers:
        return numpy.column_stack([numpy.ones(len(rows)), (rows - self._center) / self._scale])

    def _score(self, values: Mapping[str, str]) -> float:
        """What the model answers; what it cannot read is the mean to it."""
        row: list[float] = [
            _number(values[name], mean) for name, mean in zip(COLUMNS[:-1], self._center, strict=True)
        ]
        row[1] = {"f": 2.0, "m": 1.0}.get(values["sex"], float(self._center[1]))
        return float(1 / (1 + numpy.exp(-(self._design(numpy.asarray([row]))[0] @ self._weights))))


def lines_by_hour(asked: Sequence[Asked]) -> Mapping[str, str]:
    """Captured lines by the folder of their hour."""
    found: dict[str, list[str]] = {}
    for each in asked:
        found.setdefault(f"{each.at:%Y/%m/%d/%H}", []).append(each.line())
    return {folder: "\n".join(lines) for folder, lines in found.items()}


def _number(text: str, mean: float) -> float:
    try:
        return float(text)
    except ValueError:
        return mean
