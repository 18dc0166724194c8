"""What the search for a model is told."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.section import SettingsSection
from stacks.training.pipeline.settings import Column, Prefix

Kind = Literal["binary", "multiclass", "regression"]


class AutomlSettings(SettingsSection):
    """A pipeline that searches the best model of a table, whatever its kind, and registers it."""

    engine: Literal["open", "autopilot"] = "open"
    """`open` is the AutoTabular of `containers/tabular`, `autopilot` what SageMaker has, whose image the real-time
    endpoint in the mode `approved` cannot pull."""
    data: Prefix = "automl-rows"
    """Folder of the rows in the platform's bucket for data: CSV files with a header."""
    label: Column
    """Column that is predicted."""
    kind: Kind | None = None
    """What the column is; left out, the search sees for itself. `autopilot` needs it together with `metric`."""
    metric: Literal["auc", "accuracy", "f1", "f1macro", "r2", "rmse", "mse", "mae"] | None = None
    """What is improved; left out, what is usual for the kind of column."""
    maximum_candidates: Annotated[int, Field(ge=1, le=750)] = 10
    """Models that are tried."""
    maximum_minutes: Annotated[int, Field(ge=5, le=1440)] = 50
    """Minutes after which the search ends with the best model that it has."""

    def problems(self) -> Iterator[Problem | None]:
        """Autopilot takes a metric for a kind of column, or chooses both."""
        if self.engine == "autopilot" and (self.kind is None) != (self.metric is None):
            missing, given = ("kind", "metric") if self.kind is None else ("metric", "kind")
            yield Problem(missing, f"must be given together with {given} for autopilot, got: none")
