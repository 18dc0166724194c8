"""Ranges of numbers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
"""How values are drawn from a range: ``Auto`` lets SageMaker choose."""


@dataclass(frozen=True)
class _NumericRange(HyperparameterRange):
    minimum: float
    maximum: float
    scaling: Scaling = "Auto"

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


@dataclass(frozen=True)
class ContinuousRange(_NumericRange):
    """Numbers between ``minimum`` and ``maximum``.

    ``Logarithmic`` scaling needs a minimum over 0, ``ReverseLogarithmic`` a range from 0 to below 1.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContinuousParameterRange.html
    """

    group: ClassVar[str] = "ContinuousParameterRanges"
