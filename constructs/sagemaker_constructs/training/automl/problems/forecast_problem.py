"""What comes next in series of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem


@dataclass(frozen=True)
class ForecastProblem(AutoMLProblem):
    """Predict ``horizon`` further values of ``target`` for each series that ``item`` names, ordered by ``timestamp``.

    ``frequency`` is the time between values: a number and ``min``, ``H``, ``D``, ``W``, ``M`` or ``Y``, such as
    ``1D``. ``quantiles`` are up to five of ``p01`` to ``p99`` and ``mean`` (default of Autopilot: p10, p50 and p90).
    ``grouping`` are columns that name a series with ``item``. ``metric`` is that which candidates are compared by
    (default of Autopilot: ``AverageWeightedQuantileLoss``).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TimeSeriesForecastingJobConfig.html
    """

    member: ClassVar[str] = "TimeSeriesForecastingJobConfig"
    takes_validation: ClassVar[bool] = False

    target: str
    timestamp: str
    item: str
    frequency: str
    horizon: int
    quantiles: Sequence[str] = ()
    grouping: Sequence[str] = ()
    metric: str | None = None

    @property
    def config(self) -> Mapping[str, object]:
        """The ``TimeSeriesForecastingJobConfig``."""
        columns = {
            "TargetAttributeName": self.target,
            "TimestampAttributeName": self.timestamp,
            "ItemIdentifierAttributeName": self.item,
            **({"GroupingAttributeNames": [*self.grouping]} if self.grouping else {}),
        }
        return {
            "ForecastFrequency": self.frequency,
            "ForecastHorizon": self.horizon,
            "TimeSeriesConfig": columns,
            **({"ForecastQuantiles": [*self.quantiles]} if self.quantiles else {}),
        }

    @property
    def objective(self) -> str | None:
        """``metric``."""
        return self.metric
