"""What a model predicts: one of a few classes, or a number."""

import math
from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.table import MAXIMUM_CLASSES, ordered_classes, positions
from jobs.errors import JobError

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
OBJECTIVES = (BINARY, MULTICLASS, REGRESSION)

Classes = tuple[str | int, ...]


@dataclass(frozen=True)
class Target:
    """The objective of a training, and the classes as the rows write them; a regression has none."""

    objective: str
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, labels: NDArray[numpy.str_], objective: str = "") -> "Target":
        """What these labels are learned as: `objective`, or what follows from them without one.

        Two distinct values are `binary`, 3 to 100 `multiclass`, and more of them a `regression` if all are numbers.
        Raises JobError when the labels fit no objective, or not the one that is asked for.
        """
        if objective == REGRESSION:
            word = _no_number(labels)
            if word is not None:
                raise JobError(f"objective regression needs a number as the label of each row, got '{word}'")
            if len({float(label) for label in labels}) < 2:
                raise JobError(f"objective regression needs labels that differ, got {labels[0]} in every row")
            return cls(REGRESSION)
        if not objective and are_numbers(labels):
            return cls(REGRESSION)
        count = len(set(labels.tolist()))
        if count > MAXIMUM_CLASSES:
            words = "" if objective else f" with '{_no_number(labels)}', which is no number, among them"
            raise JobError(f"the label must have 2 to {MAXIMUM_CLASSES} distinct values, got {count}{words}")
        found = BINARY if count == 2 else MULTICLASS
        if count >= 2 and objective not in ("", found):
            allowed = "2" if objective == BINARY else f"3 to {MAXIMUM_CLASSES}"
            raise JobError(f"objective {objective} needs a label with {allowed} distinct values, got {count}")
        return cls(found, ordered_classes(labels))

    def truth(self, labels: NDArray[numpy.str_]) -> NDArray[Any]:
        """As `truth`, for the classes of this target."""
        return truth(labels, self.classes)


def are_numbers(labels: NDArray[numpy.str_]) -> bool:
    """Whether labels are numbers to predict: more distinct ones than a model has classes, and all finite."""
    return len(set(labels.tolist())) > MAXIMUM_CLASSES and _no_number(labels) is None


def outputs(classes: Classes) -> int:
    """How many numbers a model gives for a row: one for each class, with two of them or none a single one."""
    return len(classes) if len(classes) > 2 else 1


def truth(labels: NDArray[numpy.str_], classes: Classes) -> NDArray[Any]:
    """The place of each label among the classes or, of a regression, which has none, its number.

    Raises JobError for a label that is none of them.
    """
    if classes:
        return positions(labels, classes)
    word = _no_number(labels)
    if word is not None:
        raise JobError(f"the model predicts numbers, and the label '{word}' is none")
    return numpy.array([float(label) for label in labels], dtype=numpy.float64)


def _no_number(labels: NDArray[numpy.str_]) -> str | None:
    return next((str(label)[:40] for label in labels if not _is_finite(str(label))), None)


def _is_finite(label: str) -> bool:
    try:
        return math.isfinite(float(label))
    except ValueError:
        return False
