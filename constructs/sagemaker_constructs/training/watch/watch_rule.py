"""What a watch looks for."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, in_range, one_of, positive
from sagemaker_constructs.core.tokens import is_token

Resource = Literal["CPU", "GPU", "memory", "GPU memory"]
_RESOURCES = ("CPU", "GPU", "memory", "GPU memory")
_MOST_ROUNDS = 500
_MOST_MINUTES = 180


@dataclass(frozen=True)
class WatchRule:
    """A rule on the metrics that a training job logs, or on how busy its instances are; make one with its methods.

    Metrics are those of the definition's ``metric_definitions``, each value in the log being a round. ``stops`` says
    whether a finding stops the job, where the watch stops jobs at all; it is told in any case.
    """

    kind: str
    metric: str | None
    stops: bool
    values: Mapping[str, float | str | bool | None]

    @staticmethod
    def not_decreasing(metric: str, *, rounds: int = 10, by: float = 0.0, stops: bool = True) -> "WatchRule":
        """The metric, such as a loss, has not fallen in the last ``rounds`` by more than ``by``."""
        values = {"rounds": rounds, "least": by, "larger_is_better": False}
        return WatchRule("not_improving", metric, stops, values)

    @staticmethod
    def not_increasing(metric: str, *, rounds: int = 10, by: float = 0.0, stops: bool = True) -> "WatchRule":
        """The metric, such as an accuracy, has not risen in the last ``rounds`` by more than ``by``."""
        values = {"rounds": rounds, "least": by, "larger_is_better": True}
        return WatchRule("not_improving", metric, stops, values)

    @staticmethod
    def overfitting(
        training: str,
        validation: str,
        *,
        rounds: int = 10,
        by: float = 0.0,
        larger_is_better: bool = False,
        stops: bool = True,
    ) -> "WatchRule":
        """``validation`` was best ``rounds`` ago, is worse by more than ``by`` now, and ``training`` improved."""
        values: dict[str, float | str | bool | None] = {
            "training": training,
            "rounds": rounds,
            "least": by,
            "larger_is_better": larger_is_better,
        }
        return WatchRule("overfitting", validation, stops, values)

    @staticmethod
    def exploding(metric: str, *, above: float = 1e6, stops: bool = True) -> "WatchRule":
        """The metric's magnitude is larger than ``above``, or infinite."""
        return WatchRule("exploding", metric, stops, {"above": above})

    @staticmethod
    def vanishing(metric: str, *, below: float = 1e-7, rounds: int = 10, stops: bool = True) -> "WatchRule":
        """The metric's magnitude, such as that of a gradient, is smaller than ``below`` for ``rounds``."""
        return WatchRule("vanishing", metric, stops, {"below": below, "rounds": rounds})

    @staticmethod
    def not_a_number(metric: str | None = None, *, stops: bool = True) -> "WatchRule":
        """The metric (default: any) is NaN or infinite.

        It is found where the regular expression expects the number, though SageMaker's own metrics leave it out.
        """
        return WatchRule("not_a_number", metric, stops, {})

    @staticmethod
    def target_reached(
        metric: str, *, at_least: float | None = None, at_most: float | None = None, stops: bool = True
    ) -> "WatchRule":
        """The metric is good enough: give one of ``at_least`` and ``at_most``."""
        return WatchRule("target_reached", metric, stops, {"at_least": at_least, "at_most": at_most})

    @staticmethod
    def under_used(resource: Resource, *, percent: float, minutes: int = 15, stops: bool = False) -> "WatchRule":
        """``CPU``, ``GPU``, ``memory`` or ``GPU memory`` of every instance is used for less than ``percent``.

        As CloudWatch counts it: 100 for each core of the CPU and each GPU, and ``minutes`` in a row.
        """
        return WatchRule("under_used", None, stops, {"resource": resource, "percent": percent, "minutes": minutes})

    @property
    def metrics(self) -> Collection[str]:
        """The metrics that it reads by name."""
        return [str(each) for each in (self.metric, self.values.get("training")) if each is not None]

    def request(self) -> dict[str, object]:
        """What the function that looks reads."""
        values = {name: value for name, value in self.values.items() if value is not None}
        return {"kind": self.kind, "stops": self.stops, **({"metric": self.metric} if self.metric else {}), **values}

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its own values."""
        ranges = {"rounds": (1, _MOST_ROUNDS), "minutes": (1, _MOST_MINUTES)}
        for name, (low, high) in ranges.items():
            if name in self.values:
                yield in_range(name, _number(self.values[name]), low, high)
        for name in ("above", "below", "percent"):
            if name in self.values:
                yield positive(name, _number(self.values[name]))
        if "least" in self.values and _number(self.values["least"]) < 0:
            yield Problem("by", f"must be at least 0, got: {self.values['least']}")
        if self.kind == "under_used":
            yield one_of("resource", str(self.values["resource"]), _RESOURCES)
        if self.kind == "target_reached":
            given = [name for name in ("at_least", "at_most") if self.values[name] is not None]
            if len(given) != 1:
                yield Problem("", f"must have one of at_least and at_most, got: {' and '.join(given) or 'neither'}")

    def metric_problems(self, metrics: Mapping[str, str]) -> Iterator[Problem]:
        """What is wrong with it for a job that reports ``metrics``: names, and the expressions that find them."""
        for name in self.metrics:
            if not is_token(name) and name not in metrics:
                reported = ", ".join(metrics) or "none"
                yield Problem(
                    "", f"reads a metric that metric_definitions do not report, got: {name}; reported: {reported}"
                )
            elif name in metrics and not is_token(metrics[name]) and not _captures(metrics[name]):
                words = "reads a metric whose expression has no group around the number"
                yield Problem("", f"{words}, got: {name}: {metrics[name]}")


def _number(value: float | str | bool | None) -> float:
    return value if isinstance(value, int | float) else 0.0


def _captures(expression: str) -> bool:
    try:
        return re.compile(expression).groups > 0
    except re.error:
        # SageMaker reads expressions of its own kind.
        return True
