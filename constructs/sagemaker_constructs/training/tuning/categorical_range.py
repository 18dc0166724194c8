"""A choice among words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.core.problems import Problem, no_more_than
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange


@dataclass(frozen=True)
class CategoricalRange(HyperparameterRange):
    """One of ``values``, of which there are 1 to 30. The only kind of range that a grid search takes.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CategoricalParameterRange.html
    """

    group: ClassVar[str] = "CategoricalParameterRanges"

    values: Sequence[str]

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        yield from super().problems()
        if not self.values:
            yield Problem("values", "must hold at least one value")
        problem = no_more_than("values", self.values, 30)
        if problem:
            yield problem
        if len(set(self.values)) < len(self.values):
            yield Problem("values", f"must be different from each other, got: {', '.join(self.values)}")

    def request(self, name: str) -> dict[str, object]:
        """The range as a member of its group."""
        return {"Name": name, "Values": [*self.values]}
