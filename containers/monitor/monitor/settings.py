"""What a team decides: which columns there are, what counts as drift, how often a false alarm is bearable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SeasonKind = Literal["none", "hour of day", "hour of week"]
ReferenceKind = Literal["fixed", "rolling"]


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

    def __post_init__(self) -> None:
        for name in ("false_alarms_a_year", "hours_between_runs", "moved_distance", "moved_share", "rolling_days"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name} must be above 0, got: {getattr(self, name)}")
        if not 0 <= self.bad_share < 1:
            raise SettingsError(f"bad_share must be 0 or more and below 1, got: {self.bad_share}")
        if self.minimum_rows < 10:
            raise SettingsError(f"minimum_rows must be at least 10, got: {self.minimum_rows}")
        for name, allowed in (("season", get_args(SeasonKind)), ("reference", get_args(ReferenceKind))):
            if getattr(self, name) not in allowed:
                raise SettingsError(f"{name} must be one of {', '.join(allowed)}, got: {getattr(self, name)}")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(f"time_zone must be a name such as Europe/Zurich, got: {self.time_zone}") from error

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
