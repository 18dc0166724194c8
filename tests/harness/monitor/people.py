"""Seeded tables of people, in which every label and every outcome is in both facets."""

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class People:
    """A table.

    Args:
        numbers: Three features of each person.
        disadvantaged: Whether the person is of the facet that may be disadvantaged.
        team: The group of each.
        label: `yes`, `no` or `late`.
        predicted: Whether the prediction is positive.
    """

    numbers: Array
    disadvantaged: Array
    team: Array
    label: Array
    predicted: Array


def people_of(seed: int) -> People:
    """The table of a seed, of 60 to 600 people."""
    source = numpy.random.default_rng(seed)
    rows = int(source.integers(60, 600))
    disadvantaged = source.random(rows) < source.uniform(0.2, 0.7)
    numbers = source.normal(size=(rows, 3)) + 0.3 * disadvantaged[:, None]
    score = numbers.sum(axis=1) + source.normal(size=rows) - source.uniform(0, 1) * disadvantaged
    label = numpy.where(score > 0.5, "yes", numpy.where(score < -1.5, "late", "no"))
    predicted = numbers.sum(axis=1) + 0.5 * source.normal(size=rows) > source.uniform(-0.5, 0.5)
    team = numpy.asarray(["x", "y", "z"])[source.integers(0, 3, rows)]
    return People(numbers, disadvantaged, team, label, predicted)
