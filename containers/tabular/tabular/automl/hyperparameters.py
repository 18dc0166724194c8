"""What a search may be told."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.data.channels import Channel
from jobs.data.learning_data import DataHyperparameters, data_mistakes
from jobs.hyperparameters import within
from tabular.automl.measure import MEASURES


@dataclass(frozen=True)
class SearchHyperparameters(DataHyperparameters):
    """`metric` is what the search improves; without one it is `auc` for classes and `r2` for numbers.

    The search ends after `max_candidates`, or begins no candidate any more after `max_runtime_seconds`.
    """

    metric: str = ""
    max_candidates: int = within(30, 1, 750)
    max_runtime_seconds: int = within(600, 1, 604_800)


def search_mistakes(values: Mapping[str, object], channels: Mapping[str, Channel]) -> list[str]:
    """What is wrong with these hyperparameters for a job with these channels."""
    mistakes = data_mistakes(values, channels)
    metric = values.get("metric", "")
    if metric and metric not in MEASURES:
        mistakes.append(f"metric must be one of {', '.join(MEASURES)}, got '{metric}'")
    return mistakes
