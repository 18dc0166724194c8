"""Which rows a candidate learns from, and which it is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from jobs.data.split import split
from jobs.data.target import Target
from jobs.errors import JobError

FEWEST_ROWS_FOR_HOLDOUT = 2_000
_FOLDS = 5
_HELD_OUT = 0.2

Positions = NDArray[numpy.intp]


@dataclass(frozen=True)
class Fold:
    """The positions of the rows of one part, and of those that judge it."""

    learned: Positions
    judged: Positions


def folds_of(labels: NDArray[numpy.str_], target: Target, seed: int) -> Sequence[Fold]:
    """Five folds below 2,000 rows, or as many as the rarest class has rows; above, a fifth of the rows as one.

    Every fold has the classes in the same mixture. Raises JobError when a class has a single row.
    """
    strata = labels if target.classes else numpy.full_like(labels, "")
    if len(labels) >= FEWEST_ROWS_FOR_HOLDOUT:
        return [Fold(*split(strata, _HELD_OUT, seed))]
    names, counts = numpy.unique(strata, return_counts=True)
    count = min(_FOLDS, int(counts.min()))
    if count < 2:
        raise JobError(f"a search needs two rows of each class to learn from, '{names[counts.argmin()]}' has one")
    source = numpy.random.default_rng(seed)
    fold_of = numpy.empty(len(labels), dtype=numpy.intp)
    for name in names:
        rows = source.permutation(numpy.flatnonzero(strata == name))
        fold_of[rows] = numpy.arange(len(rows)) % count
    return [Fold(numpy.flatnonzero(fold_of != each), numpy.flatnonzero(fold_of == each)) for each in range(count)]
