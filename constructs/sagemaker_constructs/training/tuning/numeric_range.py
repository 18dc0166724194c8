"""Ranges of numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
"""How values are drawn from a range: ``Auto`` lets SageMaker choose."""


@dataclass(frozen=True)
class _NumericRange(HyperparameterRange):
    minimum: float
    maximum: float
    scaling: Scaling = "Auto"

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        if is_token(self.minimum) or is_token(self.maximum):
            return
        if self.minimum >= self.maximum:
            yield Problem("", f"must begin below its maximum, got: {self.minimum} to {self.maximum}")
        if self.scaling == "Logarithmic" and self.minimum <= 0:
            yield Problem("minimum", f"must be greater than 0 for logarithmic scaling, got: {self.minimum}")

    def request(self, name: str) -> dict[str, object]:
        """The range as a member of its group; the API takes numbers as text."""
        return {
            "Name": name,
            "MinValue": str(self.minimum),
            "MaxValue": str(self.maximum),
            "ScalingType": self.scaling,
        }


@dataclass(frozen=True)
class IntegerRange(_NumericRange):
    """Whole numbers from ``minimum`` to ``maximum``, both included.

    ``Logarithmic`` scaling needs a minimum over 0; ``ReverseLogarithmic`` is for continuous ranges only.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_IntegerParameterRange.html
    """

    group: ClassVar[str] = "IntegerParameterRanges"

    minimum: int
    maximum: int

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        yield from super().problems()
        if self.scaling == "ReverseLogarithmic":
            yield Problem("scaling", "must not be ReverseLogarithmic, which continuous ranges alone support")


@dataclass(frozen=True)
class ContinuousRange(_NumericRange):
    """Numbers between ``minimum`` and ``maximum``.

    ``Logarithmic`` scaling needs a minimum over 0, ``ReverseLogarithmic`` a range from 0 to below 1.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContinuousParameterRange.html
    """

    group: ClassVar[str] = "ContinuousParameterRanges"

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        yield from super().problems()
        if self.scaling == "ReverseLogarithmic" and not (self.minimum >= 0 and self.maximum < 1):
            words = "must lie between 0 and below 1 for reverse logarithmic scaling"
            yield Problem("", f"{words}, got: {self.minimum} to {self.maximum}")
