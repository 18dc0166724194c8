"""What a search improves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.target import BINARY, MULTICLASS, REGRESSION, Target
from jobs.errors import JobError
from jobs.scores import (
    Matrix,
    Positions,
    accuracy,
    area_under_curve,
    mean_absolute_error,
    mean_squared_error,
    predicted,
    r_squared,
    root_mean_squared_error,
)


@dataclass(frozen=True)
class Measure:
    """A metric, the objectives that have it, and whether more of it is better."""

    name: str
    of: Callable[[Matrix, NDArray[Any]], float | None]
    objectives: tuple[str, ...]
    maximize: bool = True

    @classmethod
    def named(cls, name: str, target: Target) -> "Measure":
        """The metric of this name, by default the objective's. Raises JobError for one that the objective lacks."""
        measure = MEASURES[name or ("auc" if target.classes else "r2")]
        if target.objective not in measure.objectives:
            fitting = ", ".join(each for each, one in MEASURES.items() if target.objective in one.objectives)
            raise JobError(f"metric {name} is none of a {target.objective} model; those are: {fitting}")
        return measure

    def score(self, found: Matrix, truth: NDArray[Any]) -> float:
        """The metric as a number of which more is better. Raises JobError when these rows do not have it."""
        value = self.of(found, truth)
        if value is None:
            raise JobError(
                f"{self.name} cannot be computed over {len(truth)} rows: a class, or a difference, is missing"
            )
        return value if self.maximize else -value

    def shown(self, score: float) -> float:
        """The metric that a score stands for."""
        return score if self.maximize else -score


def f1_of_second_class(probabilities: Matrix, truth: Positions) -> float:
    """The harmonic mean of precision and recall of the second class; 0 where it is neither found nor there."""
    return _f1(predicted(probabilities) == 1, truth == 1)


def f1_of_each_class(probabilities: Matrix, truth: Positions) -> float:
    """The mean of F1 over the classes that occur, each counted alike."""
    guessed = predicted(probabilities)
    return float(numpy.mean([_f1(guessed == each, truth == each) for each in numpy.unique(truth)]))


def _f1(guessed: NDArray[numpy.bool_], true: NDArray[numpy.bool_]) -> float:
    total = int(guessed.sum()) + int(true.sum())
    return 2 * int((guessed & true).sum()) / total if total else 0.0


_CLASSES = (BINARY, MULTICLASS)
_NUMBERS = (REGRESSION,)
MEASURES = {
    each.name: each
    for each in (
        Measure("auc", area_under_curve, _CLASSES),
        Measure("accuracy", accuracy, _CLASSES),
        Measure("f1", f1_of_second_class, (BINARY,)),
        Measure("f1macro", f1_of_each_class, (MULTICLASS,)),
        Measure("r2", r_squared, _NUMBERS),
        Measure("rmse", root_mean_squared_error, _NUMBERS, maximize=False),
        Measure("mse", mean_squared_error, _NUMBERS, maximize=False),
        Measure("mae", mean_absolute_error, _NUMBERS, maximize=False),
    )
}
