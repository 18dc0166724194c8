"""What the training pipeline is told."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.fields.kit import in_words
from stacks.configuration.section import SettingsSection
from stacks.training.settings import HyperparameterName, HyperparameterValue
from stacks.training.tuning.settings import HyperparameterRangeSettings

Prefix = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$",
        max_length=512,
        json_schema_extra=in_words("a path of letters, digits, . _ - and / between folders"),
    ),
]
Column = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra=in_words("the name of a column"))]


class TrainingPipelineSettings(SettingsSection):
    """Prepares rows, searches hyperparameters, judges the best model and registers it, if it is good enough."""

    data: Prefix = "training-rows"
    """Folder of the rows in the platform's bucket for data: CSV files with a header."""
    label: Column
    """Column that is predicted."""
    minimum_auc: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Area under the curve below which a model is not registered; each start may give another one."""
    hyperparameters: Annotated[Mapping[HyperparameterName, HyperparameterValue], Field(max_length=100)] = {}
    """Hyperparameters that are not searched."""
    maximum_jobs: Annotated[int, Field(ge=1, le=750)] = 10
    """Training jobs of the search in all."""
    parallel_jobs: Annotated[int, Field(ge=1, le=100)] = 2
    """Training jobs at a time."""
    ranges: Annotated[tuple[HyperparameterRangeSettings, ...], Field(min_length=1, max_length=30)]
    """What is searched."""
    cache_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days for which a step whose inputs have not changed is not repeated."""

    def problems(self) -> Iterator[Problem | None]:
        """A hyperparameter is fixed or searched."""
        for index, each in enumerate(self.ranges):
            if each.name in self.hyperparameters:
                yield Problem(f"ranges[{index}].name", f"must not be among hyperparameters as well, got: {each.name}")
