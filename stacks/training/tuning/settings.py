"""What the search for hyperparameters is told."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.training.tuning.categorical_range import CategoricalRange
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange
from sagemaker_constructs.training.tuning.numeric_range import ContinuousRange, IntegerRange, Scaling
from sagemaker_constructs.training.tuning.objective import Objective
from stacks.configuration.section import SettingsSection
from stacks.training.settings import HyperparameterName

_SCALING: dict[str, Scaling] = {
    "auto": "Auto",
    "linear": "Linear",
    "logarithmic": "Logarithmic",
    "reverse_logarithmic": "ReverseLogarithmic",
}


class HyperparameterRangeSettings(SettingsSection):
    """The values that one hyperparameter may take."""

    name: HyperparameterName
    """The hyperparameter, whose value in `training` it replaces."""
    kind: Literal["integer", "continuous", "categorical"]
    """Whole numbers, any numbers, or words."""
    minimum: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.0
    """The least number; not used for words."""
    maximum: Annotated[float, Field(ge=-1e9, le=1e9)] = 1.0
    """The greatest number; not used for words."""
    scaling: Literal["auto", "linear", "logarithmic", "reverse_logarithmic"] = "auto"
    """How numbers are drawn; `auto` lets SageMaker choose."""
    values: Annotated[tuple[str, ...], Field(min_length=0, max_length=30)] = ()
    """The words; not used for numbers."""

    def option(self) -> HyperparameterRange:
        """The range."""
        if self.kind == "categorical":
            return CategoricalRange(self.values)
        if self.kind == "integer":
            return IntegerRange(int(self.minimum), int(self.maximum), _SCALING[self.scaling])
        return ContinuousRange(self.minimum, self.maximum, _SCALING[self.scaling])

    def problems(self) -> Iterator[Problem | None]:
        """What SageMaker would refuse of the range."""
        yield from self.option().problems()


class TuningSettings(SettingsSection):
    """Trains the model with other hyperparameters each time, and names the training job that did best."""

    objective: Literal["validation:auc", "validation:accuracy", "validation:rmse"] = "validation:auc"
    """The metric that is to become as large as possible; the `rmse` of a regression, as small as possible."""
    strategy: Literal["Bayesian", "Random", "Grid"] = "Bayesian"
    """How the next values are chosen."""
    maximum_jobs: Annotated[int, Field(ge=1, le=750)] = 10
    """Training jobs in all; for `Grid`, one for each combination."""
    parallel_jobs: Annotated[int, Field(ge=1, le=100)] = 2
    """Training jobs at a time."""
    ranges: Annotated[tuple[HyperparameterRangeSettings, ...], Field(min_length=1, max_length=30)]
    """What is searched."""

    def goal(self) -> Objective:
        """The metric, and whether it is to become large or small."""
        return (Objective.minimize if self.objective == "validation:rmse" else Objective.maximize)(self.objective)

    def problems(self) -> Iterator[Problem | None]:
        """A grid searches words."""
        for index, each in enumerate(self.ranges):
            if self.strategy == "Grid" and each.kind != "categorical":
                yield Problem(f"ranges[{index}].kind", f"must be categorical for a grid, got: {each.kind}")
