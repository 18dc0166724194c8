"""Reads the report of a run, and tells CloudWatch and EventBridge what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.monitor.monitor import Monitor, ReportFiles
from lambdas.monitor.telling import ENDED, FAILED, Telling
from lambdas.monitor.windows import Window

_LOOKED_BACK = 24
"""In so many windows before, runs that have decided something are looked for."""
_MOST_TOLD = 50
"""An event has 256 KB at most."""
_LONGEST_NAME = 200
_LARGEST = 1e9
_ROWS = "the rows"
"""What is found of rows as a whole is told of."""


@dataclass(frozen=True)
class Reports:
    """What came of the runs of a monitor."""

    monitor: Monitor
    files: ReportFiles
    telling: Telling

    def begin(self) -> None:
        """Count as seen from now on, so that nobody is told of missing runs before there could have been one.

        SageMaker refuses an input without objects, and the first run has no history yet.
        """
        self.files.write(self.monitor.reports.below("history/begun.json"), {"version": 1})
        self.telling.count({"Runs": 0.0})

    def failed(self, window: str, name: str, reason: str) -> None:
        """Tell that the run of a window has failed for good."""
        self.telling.count({"FailedRuns": 1.0})
        self.telling.tell(FAILED, {"window": {"name": window}, "job": name, "reason": reason[:1000]})

    def ended(self, window: Window) -> dict[str, Any] | None:
        """Tell what the report of a window says; None if that was told already. Raises FileNotFoundError."""
        place = self.monitor.folder(window)
        if self.files.content(place.below("told.json")) is not None:
            return None
        report = self.files.read(place.below("report.json"))
        if report is None:
            raise FileNotFoundError(f"there is no report at {place.url}")
        history = [_violated(report), *self._earlier(window)]
        confirmed = self._confirmed(history)
        severe = sorted({name for name in confirmed if history[0].get(name, 0.0) >= self.monitor.severe})
        self.telling.count(self._values(report, confirmed, severe), self._drifts(report))
        told = {
            "window": {"name": window.name, "start": _time(window.start), "end": _time(window.end)},
            "state": report["state"],
            "says": report["says"],
            "rows": report["rows"],
            "lost": report["lost"],
            "confirmed": confirmed[:_MOST_TOLD],
            "confirmed_count": len(confirmed),
            "severity": "critical" if severe else "warning" if confirmed else "none",
            "violations": [*_violations(report)][:_MOST_TOLD],
            "report": place.url,
        }
        self.telling.tell(ENDED, told)
        # Last, so that whoever dies before is followed by somebody who tells it again. It is the audit's line, too.
        self.files.write(place.below("told.json"), told)
        return told

    def _earlier(self, window: Window) -> Iterator[Mapping[str, float]]:
        """What the runs before have found, the last first, of those that have decided something."""
        wanted = self.monitor.confirmed[1] - 1
        for number in range(1, _LOOKED_BACK + 1):
            if not wanted:
                return
            report = self.files.read(self.monitor.folder(window.before(number)).below("report.json"))
            if report is not None and report["state"] in ("fine", "violation"):
                wanted -= 1
                yield _violated(report)

    def _confirmed(self, history: Sequence[Mapping[str, float]]) -> list[str]:
        wanted = self.monitor.confirmed[0]
        names = sorted({name for found in history for name in found})
        return [name for name in names if sum(name in found for found in history) >= wanted]

    def _values(self, report: Mapping[str, Any], confirmed: Sequence[str], severe: Sequence[str]) -> dict[str, float]:
        values = {
            "Runs": 1.0,
            "FailedRuns": 0.0,
            "Rows": float(report["rows"]),
            "LostRows": float(sum(report["lost"].values())),
        }
        if report["state"] in ("fine", "violation"):
            # A run that cannot decide leaves the alarms as they are.
            values |= {"DriftedFeatures": float(len(confirmed)), "SevereFeatures": float(len(severe))}
        return values

    def _drifts(self, report: Mapping[str, Any]) -> dict[str, float]:
        return {
            str(each["feature"]): _number(each["effect"])
            for each in report["checks"]
            if each["check"] == "drift" and each["state"] != "not enough" and each["feature"] in self.monitor.features
        }


def _violations(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for each in report["checks"]:
        if each["state"] == "violation":
            yield {
                "feature": str(each["feature"])[:_LONGEST_NAME] or _ROWS,
                "check": each["check"],
                "effect": _number(each["effect"]),
                "threshold": each["threshold"],
            }


def _violated(report: Mapping[str, Any]) -> dict[str, float]:
    """The features that differ, with how many times each is above its threshold, at most."""
    found: dict[str, float] = {}
    for each in _violations(report):
        times = each["effect"] / each["threshold"] if each["threshold"] else _LARGEST
        found[each["feature"]] = max(found.get(each["feature"], 0.0), times)
    return found


def _number(value: float) -> float:
    """A change without bounds as a number, which JSON and CloudWatch take."""
    return min(float(value), _LARGEST)


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
