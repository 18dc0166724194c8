"""What a report has found, and what several reports confirm."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DECIDED = ("fine", "violation")
"""States in which something is decided."""
OF_ANSWERS = ("quality", "bias", "attribution")
"""Checks that not every run can decide, as they take a truth or other answers; all others are of rows."""
ROWS = "rows"
_THE_ROWS = "the rows"
"""What is found of rows as a whole is told of."""
_LONGEST_NAME = 200
_LARGEST = 1e9


@dataclass(frozen=True, order=True)
class Subject:
    """What may differ: ``kind`` is ``rows`` for a feature, or else one of ``OF_ANSWERS`` for a metric."""

    kind: str
    name: str


@dataclass(frozen=True)
class Confirmed:
    """What differs run after run, and how many times each was above its threshold when it was decided last."""

    times: Mapping[Subject, float]

    def names(self, kind: str | None = None) -> list[str]:
        """Names of those of a kind, or of all."""
        return sorted({each.name for each in self.times if kind in (None, each.kind)})

    def severe(self, times: float) -> list[str]:
        """Names of those that are far above their threshold."""
        return sorted({each.name for each, above in self.times.items() if above >= times})


def violations(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Violations of a report, as they are told."""
    for each in report["checks"]:
        if each["state"] == "violation":
            yield {
                "feature": _name(each),
                "check": each["check"],
                "effect": number(each["effect"]),
                "threshold": each["threshold"],
            }


def decides(report: Mapping[str, Any], kind: str) -> bool:
    """Whether a report has decided anything of a kind."""
    if report["state"] not in DECIDED:
        return False
    states = [each["state"] for each in report["checks"] if _kind(each) == kind]
    return any(each in DECIDED for each in states) or (kind == ROWS and not states)


def confirmed(reports: Sequence[Mapping[str, Any]], runs: int, of_runs: int) -> Confirmed:
    """What differs in ``runs`` of the last ``of_runs`` of these reports, the newest first, that could decide it."""
    subjects = sorted({_subject(each) for report in reports for each in report["checks"]})
    times: dict[Subject, float] = {}
    for subject in subjects:
        found = [above for report in reports if (above := _above(report, subject)) is not None][:of_runs]
        if sum(above > 0 for above in found) >= runs:
            times[subject] = found[0]
    return Confirmed(times)


def number(value: float) -> float:
    """A change without bounds as a number, which JSON and CloudWatch take."""
    return min(float(value), _LARGEST)


def _above(report: Mapping[str, Any], subject: Subject) -> float | None:
    """How many times a subject is above its threshold; 0 where it is fine, None where that is not decided."""
    if not decides(report, subject.kind):
        return None
    checks = [each for each in report["checks"] if _subject(each) == subject]
    if checks and all(each["state"] == "not enough" for each in checks):
        return None
    if not checks and subject.kind != ROWS:
        return None
    found = [each for each in checks if each["state"] == "violation"]
    return max((_times(each) for each in found), default=0.0)


def _times(check: Mapping[str, Any]) -> float:
    effect = number(check["effect"])
    return effect / check["threshold"] if check["threshold"] else _LARGEST


def _subject(check: Mapping[str, Any]) -> Subject:
    return Subject(_kind(check), _name(check))


def _kind(check: Mapping[str, Any]) -> str:
    return check["check"] if check["check"] in OF_ANSWERS else ROWS


def _name(check: Mapping[str, Any]) -> str:
    return str(check["feature"])[:_LONGEST_NAME] or _THE_ROWS
