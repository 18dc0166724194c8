"""How good predictions are.

Of probabilities, two classes have one column everywhere, of the second, and more have one for each. The numbers of a
regression are one column too.
"""

import numpy
from numpy.typing import NDArray

Matrix = NDArray[numpy.float64]
Positions = NDArray[numpy.intp]
Numbers = NDArray[numpy.float64]


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


def mean_absolute_error(found: Matrix, truth: Numbers) -> float:
    """How far numbers are off in the mean, in the label's unit."""
    return float(numpy.abs(found[:, 0] - truth).mean())


def mean_squared_error(found: Matrix, truth: Numbers) -> float:
    """The mean of the squares of how far numbers are off."""
    return float(numpy.square(found[:, 0] - truth).mean())


def root_mean_squared_error(found: Matrix, truth: Numbers) -> float:
    """The root of that mean, in the label's unit."""
    return mean_squared_error(found, truth) ** 0.5


def r_squared(found: Matrix, truth: Numbers) -> float | None:
    """The share of the labels' variance that is predicted, 1 at best. None when all labels are the same."""
    variance = float(truth.var())
    return 1 - mean_squared_error(found, truth) / variance if variance else None


def _binary_area(scores: Matrix, positive: NDArray[numpy.bool_]) -> float | None:
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    # Rows of equal score share the mean of their ranks.
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))
