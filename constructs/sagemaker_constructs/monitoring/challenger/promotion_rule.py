"""What is asked of a challenger."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from sagemaker_constructs.core.problems import Problem, in_range, one_of
from sagemaker_constructs.monitoring.answer_quality import AnswerQuality

Aim = Literal["better", "same"]
Measure = Literal["answers", "probabilities"]


@dataclass(frozen=True)
class PromotionRule:
    """When a challenger is recommended.

    ``aim`` ``"better"`` takes truth that comes late: the challenger's mean error has to be smaller, beyond chance
    **and** by ``better_by``: a share of answers, or of errors of numbers a proportion. ``measure``
    ``"probabilities"`` compares squared errors of probabilities (Brier's score) instead of wrong answers, which finds
    smaller differences. ``aim`` ``"same"`` is for another container or instance type, and takes no truth:
    ``least_agreement`` of all answers have to be the same, numbers within ``tolerance``.

    A challenger that is not what is asked of it is recommended with a chance of ``false_promotions`` at most, from
    the first look to the last, however often it is compared. Nothing is decided of fewer than ``minimum_truths``
    answers of each variant, or of requests of fewer than ``minimum_days``, as days of the week differ.

    Promotion also takes a 99th percentile of latency that is at most ``slower_by`` longer (a proportion), and a share
    of requests that fail which is at most ``more_errors`` larger.
    """

    aim: Aim = "better"
    measure: Measure = "answers"
    false_promotions: float = 0.05
    better_by: float = 0.01
    least_agreement: float = 0.99
    tolerance: float = 0.0
    minimum_truths: int = 500
    minimum_days: float = 7.0
    slower_by: float = 0.25
    more_errors: float = 0.001

    def problems(self, quality: AnswerQuality | None) -> Iterator[Problem | None]:
        """What the container refuses; ``quality`` is what answers are."""
        yield one_of("aim", self.aim, get_args(Aim))
        yield one_of("measure", self.measure, get_args(Measure))
        for name in ("false_promotions", "least_agreement"):
            value: float = getattr(self, name)
            if not 0 < value < 1:
                yield Problem(name, f"must be above 0 and below 1, got: {value}")
        for name in ("better_by", "tolerance", "slower_by", "more_errors"):
            yield in_range(name, getattr(self, name), 0, 1_000_000_000)
        yield in_range("minimum_truths", self.minimum_truths, 100, 1_000_000_000)
        yield in_range("minimum_days", self.minimum_days, 0, 60)
        if self.measure == "probabilities" and not (
            quality and quality.problem == "BinaryClassification" and quality.probability
        ):
            yield Problem("measure", "requires a BinaryClassification with a probability, got: 'probabilities'")
