"""The tail of a weighted sum of squares of normal numbers, which many tests have as their null distribution."""

from typing import Any

import numpy
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

Floats = NDArray[numpy.float64]

# Below this distance from the mean the approximation is 0/0; both sides agree there to five digits.
_NEAR_THE_MEAN = 1e-4


def tail(value: float, weights: Floats) -> float:
    """The probability that `sum(weights * z**2)` of independent standard normal `z` is above a value.

    It is the saddlepoint approximation of Kuonen, "Saddlepoint approximations for distributions of quadratic forms in
    normal variables", Biometrika 86 (1999): the relative error stays small far out in the tail, where decisions about
    many features are made, and where moments and simulations fail.
    """
    weights = weights[weights > weights.max(initial=0.0) * 1e-12]
    if not len(weights):
        return 1.0
    if value <= 0:
        return 1.0
    mean = float(weights.sum())
    if abs(value / mean - 1) < _NEAR_THE_MEAN:
        below, above = (_approximation(mean * (1 + step), weights) for step in (-_NEAR_THE_MEAN, _NEAR_THE_MEAN))
        return (below + above) / 2
    return _approximation(value, weights)


def _approximation(value: float, weights: Floats) -> float:
    largest = float(weights.max())

    def slope(point: float) -> float:
        return float((weights / (1 - 2 * point * weights)).sum()) - value

    # The slope rises from 0 far left to infinity at the pole, and is 0 where both agree.
    upper = (1 - 1e-12) / (2 * largest)
    lower = -1 / largest
    while slope(lower) > 0:
        lower *= 4
    root: Any = brentq(slope, lower, upper, xtol=1e-14, maxiter=500)
    point = float(root)
    scaled = 1 - 2 * point * weights
    generating = -0.5 * float(numpy.log(scaled).sum())
    curvature = 2 * float((weights**2 / scaled**2).sum())
    distance = numpy.sign(point) * numpy.sqrt(max(2 * (point * value - generating), 0.0))
    spread = point * numpy.sqrt(curvature)
    if distance == 0 or spread == 0:
        return 0.5
    return float(numpy.clip(norm.sf(distance + numpy.log(spread / distance) / distance), 0.0, 1.0))
