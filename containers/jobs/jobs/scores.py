"""How good probabilities are. Everywhere two classes have one column, of the second; more have one for each."""

import numpy
from numpy.typing import NDArray

Matrix = NDArray[numpy.float64]
Positions = NDArray[numpy.intp]


def predicted(probabilities: Matrix) -> Positions:
    """The most probable class of each row."""
    if probabilities.shape[1] == 1:
        return (probabilities[:, 0] >= 0.5).astype(numpy.intp)
    return probabilities.argmax(axis=1)


def accuracy(probabilities: Matrix, truth: Positions) -> float:
    """The share of rows whose class was predicted."""
    return float((predicted(probabilities) == truth).mean())


def area_under_curve(probabilities: Matrix, truth: Positions) -> float | None:
    """Area under the ROC curve, for more than two classes the mean of each against the rest.

    None when a class has no row or all rows.
    """
    if probabilities.shape[1] == 1:
        return _binary_area(probabilities[:, 0], truth == 1)
    areas = [_binary_area(probabilities[:, each], truth == each) for each in range(probabilities.shape[1])]
    known = [area for area in areas if area is not None]
    return sum(known) / len(known) if len(known) == len(areas) else None


def _binary_area(scores: Matrix, positive: NDArray[numpy.bool_]) -> float | None:
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    # Rows of equal score share the mean of their ranks.
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))
