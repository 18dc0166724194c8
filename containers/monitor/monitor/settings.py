"""What a team decides: which columns there are, what counts as drift, how often a false alarm is bearable."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SeasonKind = Literal["none", "hour of day", "hour of week"]
ReferenceKind = Literal["fixed", "rolling"]
ProblemKind = Literal["", "Regression", "BinaryClassification", "MulticlassClassification"]


_ABOVE_0 = (
    "false_alarms_a_year", "hours_between_runs", "moved_distance", "moved_share", "rolling_days", "truth_days",
    "worse_by", "bias_moved",
)  # fmt: skip


class SettingsError(Exception):
    """The settings cannot be used; the message says why."""


@dataclass(frozen=True)
class Settings:
    """The settings of a monitor.

    Args:
        features: Names of the columns of requests; those of the baseline by default.
        outputs: Names of the columns of answers.
        ignored: Columns that are not compared.
        categories: Columns that are categories although they hold numbers.
        minimum_rows: Below so many rows of a run nothing is decided.
        false_alarms_a_year: How many a year of runs raises on average while nothing changes.
        hours_between_runs: How often it runs.
        moved_distance: Above so many standard deviations a number has drifted.
        moved_share: Above this share of rows a category has drifted.
        bad_share: Above this share of rows, missing, unreadable, unknown or extreme values are too many.
        thresholds: Instead of these, for single features.
        time: The column of training rows that says when a row was; it is no feature.
        season: What rows are compared with: all of the baseline, or those of the same hour of the day or of the week.
        time_zone: Whose hours and days these are.
        reference: The baseline, or the runs of the last days.
        rolling_days: How many days these are.
        problem: What the model answers, by Model Monitor's names; without it, no quality and no bias is looked at.
        prediction: The column of answers, or of training rows, that is the predicted label or number.
        probability: The one that is the probability of the positive label.
        probability_threshold: From which probability on the positive label is predicted, unless it is told.
        positive: The positive label.
        truth: The column of training rows that is the truth; it is no feature.
        truth_days: After how many days truth that has not come counts as never.
        minimum_truths: Below so many rows with a truth, quality and bias are not decided.
        worse_by: By how much a share, or an error in proportion, may be worse than in the baseline.
        facets: Who may be disadvantaged, by the name of a feature: its values, or the number above which people are.
        group: The feature by whose values disparity is looked at within.
        bias_metrics: Metrics of bias that are decided on; all that can be, by default.
        bias_moved: By how much a metric of bias may be greater than in the baseline.
        attributions: The column of answers that is the attribution of each feature, by the name of the feature.
        examples: How many rows of each difference the page shows; 0 keeps all rows out of it.
        least_ndcg: Below which similarity to the baseline's the order of attributions has drifted.
    """

    features: Sequence[str] = ()
    outputs: Sequence[str] = ()
    ignored: Sequence[str] = ()
    categories: Sequence[str] = ()
    minimum_rows: int = 50
    false_alarms_a_year: float = 1.0
    hours_between_runs: float = 1.0
    moved_distance: float = 0.1
    moved_share: float = 0.1
    bad_share: float = 0.01
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    time: str = ""
    season: SeasonKind = "none"
    time_zone: str = "UTC"
    reference: ReferenceKind = "fixed"
    rolling_days: float = 28.0
    problem: ProblemKind = ""
    prediction: str = ""
    probability: str = ""
    probability_threshold: float = 0.5
    positive: str = "1"
    truth: str = ""
    truth_days: float = 7.0
    minimum_truths: int = 200
    worse_by: float = 0.05
    facets: Mapping[str, Sequence[str] | float] = field(default_factory=dict[str, Sequence[str] | float])
    group: str = ""
    bias_metrics: Sequence[str] = ()
    bias_moved: float = 0.05
    attributions: Mapping[str, str] = field(default_factory=dict[str, str])
    least_ndcg: float = 0.9
    examples: int = 3

    def __post_init__(self) -> None:
        for name in _ABOVE_0:
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} must be above 0, got: {getattr(self, name)}")
        if not 0 <= self.bad_share < 1:
            raise SettingsError(f"bad_share must be 0 or more and below 1, got: {self.bad_share}")
        if self.minimum_rows < 10:
            raise SettingsError(f"minimum_rows must be at least 10, got: {self.minimum_rows}")
        for name, kinds in (("season", SeasonKind), ("reference", ReferenceKind), ("problem", ProblemKind)):
            if getattr(self, name) not in get_args(kinds):
                allowed = ", ".join(filter(None, get_args(kinds)))
                raise SettingsError(f"{name} must be one of {allowed}, got: {getattr(self, name)}")
        if not 0 < self.least_ndcg < 1:
            raise SettingsError(f"least_ndcg must be above 0 and below 1, got: {self.least_ndcg}")
        if self.problem and not self.prediction and (self.problem != "BinaryClassification" or not self.probability):
            raise SettingsError("problem requires prediction, the name of an output; of two classes, or probability")
        if self.facets and self.problem not in ("BinaryClassification", "MulticlassClassification"):
            raise SettingsError(f"facets require a problem of classes, got: {self.problem or 'no problem'}")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(f"time_zone must be a name such as Europe/Zurich, got: {self.time_zone}") from error

    @property
    def attributed(self) -> Collection[str]:
        """Columns of answers that are attributions, which are compared by their order alone."""
        return self.attributions.values()

    def threshold(self, name: str, *, number: bool) -> float:
        """Above which effect a feature has drifted."""
        return self.thresholds.get(name, self.moved_distance if number else self.moved_share)


def read_settings(path: Path) -> Settings:
    """The settings of a file of JSON; the defaults where there is none. Raises SettingsError."""
    if not path.exists():
        return Settings()
    try:
        given: Any = json.loads(path.read_text())
    except ValueError as error:
        raise SettingsError(f"{path.name} is no JSON: {error}") from error
    known = {each.name for each in fields(Settings)}
    if not isinstance(given, dict) or set(given) - known:
        unknown = ", ".join(sorted(set(given) - known)) if isinstance(given, dict) else type(given).__name__
        raise SettingsError(f"{path.name} must be an object with {', '.join(sorted(known))}, got: {unknown}")
    return Settings(**given)
