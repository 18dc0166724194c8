"""What the search asks of everything that it chooses among."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy
from numpy.typing import NDArray

from jobs.data.target import Target
from tabular.automl.budget import Budget

Parameters = Mapping[str, int | float | str]
_FEWEST_ROWS_FOR_THREADS = 10_000


@dataclass(frozen=True)
class Rows:
    """Features, and what they mean: the position of a class, or a number."""

    features: NDArray[numpy.float64]
    truth: NDArray[Any]


@dataclass(frozen=True)
class Lesson:
    """What is learned: the rows, their columns, and the seed of all choices.

    `judged` are rows that show a learner when to stop; without them it takes the `rounds` that it is told.
    """

    rows: Rows
    target: Target
    feature_names: Sequence[str]
    seed: int
    budget: Budget
    judged: Rows | None = None
    rounds: int = 0


@dataclass(frozen=True)
class Learned:
    """A LightGBM model, whichever learner it comes from, and how many rounds it took (0: it has none)."""

    model: Any
    rounds: int = 0


class Learner(Protocol):
    """One family of models."""

    @property
    def name(self) -> str:
        """As the leaderboard calls it."""
        ...

    @property
    def defaults(self) -> Sequence[Parameters]:
        """What is tried before anything is searched."""
        ...

    @property
    def explains_itself(self) -> bool:
        """Whether its trees tell the share of each feature in each answer."""
        ...

    def suggest(self, trial: Any) -> Parameters:
        """Parameters that an Optuna trial asks for. Its names begin with the learner's."""
        ...

    def learn(self, lesson: Lesson, parameters: Parameters) -> Learned:
        """Learn the rows. Raises JobError when the library refuses them."""
        ...

    def program(self, target: Target, parameters: Parameters, seed: int, rounds: int) -> str:
        """Python that learns the same from `features` and `truth` with the library alone, and defines `predict`."""
        ...


def threads_for(rows: int) -> int:
    """How many threads learn: of few rows one, since threads that wait for each other take longer (-1: all)."""
    return 1 if rows < _FEWEST_ROWS_FOR_THREADS else -1
