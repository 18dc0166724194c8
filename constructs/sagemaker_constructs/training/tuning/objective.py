"""What a tuning job is to make as large, or as small, as it can."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Objective:
    """The metric that decides which training job is the best, by its name in ``metric_definitions``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-metrics-variables.html
    """

    metric: str
    goal: Literal["Maximize", "Minimize"] = "Maximize"

    @staticmethod
    def maximize(metric: str) -> "Objective":
        """As large as possible, such as an accuracy."""
        return Objective(metric, "Maximize")

    @staticmethod
    def minimize(metric: str) -> "Objective":
        """As small as possible, such as a loss."""
        return Objective(metric, "Minimize")

    def request(self) -> dict[str, object]:
        """The API's objective."""
        return {"MetricName": self.metric, "Type": self.goal}
