"""What counts as worse answers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from sagemaker_constructs.core.problems import Problem, in_range, one_of, positive

AnswerKind = Literal["Regression", "BinaryClassification", "MulticlassClassification"]
JUDGED: Mapping[AnswerKind, tuple[str, ...]] = {
    "Regression": ("mae", "rmse"),
    "BinaryClassification": ("accuracy", "recall", "precision", "f1", "auc"),
    "MulticlassClassification": ("accuracy", "weighted_precision", "weighted_f1"),
}
"""Metrics that are compared with the baseline, by what a model answers."""


@dataclass(frozen=True)
class AnswerQuality:
    """How answers are compared with the truth that comes late.

    ``problem`` is what the model answers. ``prediction`` names the output that is the predicted label or number,
    ``probability`` the one that is the probability of the label ``positive``, which is predicted from
    ``probability_threshold`` on where there is no ``prediction``. ``truth`` is the column of the baseline's rows that
    is the truth: with it and the outputs, the baseline has the metrics that later ones are compared with.

    A metric is a violation if it is worse than the baseline's beyond chance **and** by more than ``worse_by``: a
    share, or of errors of numbers a proportion; ``thresholds`` instead for single metrics. Compared are ``mae`` and
    ``rmse`` of ``Regression``, ``accuracy``, ``recall``, ``precision``, ``f1`` and ``auc`` of
    ``BinaryClassification``, ``accuracy``, ``weighted_precision`` and ``weighted_f1`` of
    ``MulticlassClassification``. Fewer truths than ``minimum_truths`` decide nothing, and no alarm changes. Truth
    that has not come after ``truth_days`` counts as never.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
    """

    problem: AnswerKind
    prediction: str = ""
    probability: str = ""
    probability_threshold: float = 0.5
    positive: str = "1"
    truth: str = ""
    truth_days: float = 7.0
    minimum_truths: int = 200
    worse_by: float = 0.05
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])

    def problems(self, outputs: Collection[str]) -> Iterator[Problem | None]:
        """What the container refuses; ``outputs`` are known names of answers, or empty."""
        yield one_of("problem", self.problem, get_args(AnswerKind))
        binary = self.problem == "BinaryClassification"
        if not self.prediction and not (binary and self.probability):
            more = ", or probability the one that is the probability" if binary else ""
            yield Problem("prediction", f"must name the output that is predicted{more}")
        for argument in ("prediction", "probability"):
            name = getattr(self, argument)
            if name and outputs:
                yield one_of(argument, name, outputs)
        yield in_range("probability_threshold", self.probability_threshold, 0, 1)
        yield in_range("truth_days", self.truth_days, 0.04, 62)
        yield in_range("minimum_truths", self.minimum_truths, 30, 1_000_000_000)
        yield positive("worse_by", self.worse_by)
        if self.truth and self.truth in {self.prediction, self.probability}:
            yield Problem("truth", f"must be no output, got: {self.truth!r}")
        for name, value in self.thresholds.items():
            yield one_of("thresholds", name, JUDGED.get(self.problem, ()))
            yield positive(f"thresholds.{name}", value)
