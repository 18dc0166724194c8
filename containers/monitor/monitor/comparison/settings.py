"""What a team decides of a comparison: who is compared, what is asked of the challenger, and how sure it is to be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from monitor.settings import Settings, SettingsError

AimKind = Literal["better", "same"]
MeasureKind = Literal["answers", "probabilities"]


@dataclass(frozen=True)
class ComparisonSettings:
    """The settings of a comparison.

    Args:
        champion: The variant whose answers callers get, or most of them.
        challenger: The variant that may take its place.
        shadow: Whether the challenger gets copies of the champion's requests; otherwise both have their own.
        aim: Whether the challenger has to be better, by the truth, or to answer the same.
        measure: Whether errors are those of answers, or of probabilities (Brier's score).
        false_promotions: How often a challenger that is not what is asked of it is ever recommended, at most.
        better_by: By how much it has to be better: a share of answers, or of errors of numbers a proportion.
        least_agreement: Which share of answers has to be the same.
        tolerance: By how much two numbers may differ and be the same.
        minimum_truths: With fewer answers of each variant that have a truth, nothing is decided.
        minimum_days: Before requests of so many days, nothing is decided.
        slower_by: By which proportion the challenger's 99th percentile of latency may be longer.
        more_errors: By how much the share of its requests that fail may be larger.
        examples: How many differing answers the page shows.
        answers: What answers are, with the settings of a monitor.
    """

    champion: str
    challenger: str
    shadow: bool = True
    aim: AimKind = "better"
    measure: MeasureKind = "answers"
    false_promotions: float = 0.05
    better_by: float = 0.01
    least_agreement: float = 0.99
    tolerance: float = 0.0
    minimum_truths: int = 500
    minimum_days: float = 7.0
    slower_by: float = 0.25
    more_errors: float = 0.001
    examples: int = 10
    answers: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        for name, kinds in (("aim", AimKind), ("measure", MeasureKind)):
            if getattr(self, name) not in get_args(kinds):
                raise SettingsError(f"{name} must be one of {', '.join(get_args(kinds))}, got: {getattr(self, name)}")
        for name in ("false_promotions", "least_agreement"):
            if not 0 < getattr(self, name) < 1:
                raise SettingsError(f"{name} must be above 0 and below 1, got: {getattr(self, name)}")
        for name in ("better_by", "tolerance", "minimum_days", "slower_by", "more_errors"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} must be 0 or more, got: {getattr(self, name)}")
        if self.minimum_truths < 100:
            raise SettingsError(f"minimum_truths must be at least 100, got: {self.minimum_truths}")
        if self.aim == "better" and not self.answers.problem:
            raise SettingsError("a challenger that has to be better requires answers with a problem")
        if self.aim == "same" and not self.shadow:
            raise SettingsError("answers can be the same only where the challenger gets copies of requests")
        if self.measure == "probabilities" and not (
            self.answers.problem == "BinaryClassification" and self.answers.probability
        ):
            raise SettingsError("errors of probabilities require a BinaryClassification with a probability")

    @property
    def labels(self) -> bool:
        """Whether answers are labels and nothing else."""
        return bool(self.answers.problem) and self.answers.problem != "Regression" and not self.answers.probability


def read_comparison(path: Path) -> ComparisonSettings:
    """The settings of a file of JSON. Raises SettingsError."""
    try:
        given: Any = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise SettingsError(f"there are no settings at {path}") from error
    except ValueError as error:
        raise SettingsError(f"{path.name} is no JSON: {error}") from error
    known = {each.name for each in fields(ComparisonSettings)}
    if not isinstance(given, dict) or set(given) - known or not {"champion", "challenger"} <= set(given):
        raise SettingsError(
            f"{path.name} must be an object with champion, challenger and, of these, what is not the default:"
            f" {', '.join(sorted(known))}"
        )
    answers: Mapping[str, Any] = given.get("answers", {})
    unknown = set(answers) - {each.name for each in fields(Settings)}
    if unknown:
        raise SettingsError(f"answers must have settings of a monitor, got: {', '.join(sorted(unknown))}")
    whole: dict[str, Any] = {**given, "answers": Settings(**answers)}
    return ComparisonSettings(**whole)
