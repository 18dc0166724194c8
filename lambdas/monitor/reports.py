"""Reads the report of a run, and tells CloudWatch and EventBridge what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lambdas.monitor.findings import (
    DECIDED,
    OF_ANSWERS,
    ROWS,
    Confirmed,
    confirmed,
    decides,
    number,
    violations,
)
from lambdas.monitor.run_reports import RunReports
from lambdas.monitor.telling import ENDED, FAILED
from lambdas.monitor.windows import Window

_LOOKED_BACK = 24
"""In so many windows before, runs that have decided something are looked for."""
_MOST_TOLD = 50
"""An event has 256 KB at most."""
_SHOWN_OF_TRUTH = ("judged", "waiting", "never", "coverage", "contradictory", "repeated", "unknown")


@dataclass(frozen=True)
class Reports(RunReports):
    """What came of the runs of a drift monitor."""

    ended_event: ClassVar[str] = ENDED
    failed_event: ClassVar[str] = FAILED

    def tell(self, window: Window, report: dict[str, Any]) -> dict[str, Any]:
        """Count what differs, and what is confirmed by the runs before."""
        found = confirmed([report, *self._earlier(window)], *self.monitor.confirmed)
        severe = found.severe(self.monitor.severe)
        self.telling.count(self._values(report, found, severe), self._more(report))
        names = found.names()
        return {
            "state": report["state"],
            "says": report["says"],
            "rows": report["rows"],
            "lost": report["lost"],
            "confirmed": names[:_MOST_TOLD],
            "confirmed_count": len(names),
            "confirmed_kinds": {each: len(found.names(each)) for each in (ROWS, *OF_ANSWERS)},
            "severity": "critical" if severe else "warning" if names else "none",
            "violations": [*violations(report)][:_MOST_TOLD],
            **_of_answers(report),
        }

    def _earlier(self, window: Window) -> list[Mapping[str, Any]]:
        """Reports of runs before that have decided something, the newest first: of late, and of those with truth."""
        found, truth = dict(self._looked_back(window, 1)), self.monitor.truth
        if truth:
            steps = truth.every // self.monitor.every
            last = next(place for place in range(1, steps + 1) if truth.judged_with(window.before(place)))
            found |= dict(self._looked_back(window.before(last - steps), steps))
        return [found[name] for name in sorted(found, reverse=True)]

    def _looked_back(self, window: Window, steps: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Names and reports of as many windows before as confirm something, each so many steps from the next."""
        wanted = self.monitor.confirmed[1]
        for place in range(1, _LOOKED_BACK + 1):
            if not wanted:
                return
            earlier = window.before(steps * place)
            if report := self._decided(earlier):
                wanted -= 1
                yield earlier.name, report

    def _decided(self, window: Window) -> Mapping[str, Any] | None:
        report = self.files.read(self.monitor.folder(window).below("report.json"))
        return report if report is not None and report["state"] in DECIDED else None

    def _values(self, report: Mapping[str, Any], found: Confirmed, severe: Sequence[str]) -> dict[str, float]:
        values = {
            "Runs": 1.0,
            "FailedRuns": 0.0,
            "Rows": float(report["rows"]),
            "LostRows": float(sum(report["lost"].values())),
        }
        # A run that cannot decide leaves the alarms as they are.
        if report["state"] in DECIDED:
            values["SevereFeatures"] = float(len(severe))
        if decides(report, ROWS):
            values["DriftedFeatures"] = float(len({*found.names(ROWS), *found.names("attribution")}))
        if decides(report, "quality"):
            values["WorseMetrics"] = float(len(found.names("quality")))
        if decides(report, "bias"):
            values["BiasedMetrics"] = float(len(found.names("bias")))
        if report.get("truth") and report["truth"]["coverage"] is not None:
            values["TruthCoverage"] = float(report["truth"]["coverage"])
        return values

    def _more(self, report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """Metrics with another dimension: drift of some features, quality by metric, bias by facet."""
        for each in report["checks"]:
            if each["state"] == "not enough":
                continue
            if each["check"] == "drift" and each["feature"] in self.monitor.features:
                yield "Drift", {"Feature": str(each["feature"])}, number(each["effect"])
            if each["check"] == "quality":
                yield (
                    "Quality",
                    {"Metric": str(each["feature"])},
                    report["quality"]["metrics"][each["feature"]]["value"],
                )
        facets: dict[str, float] = {}
        for each in report["checks"]:
            if each["check"] == "bias" and each["state"] in DECIDED:
                facet = str(each["feature"]).partition(" of ")[2]
                facets[facet] = max(facets.get(facet, 0.0), number(each["effect"]))
        for facet, effect in facets.items():
            yield "Bias", {"Facet": facet}, effect


def _of_answers(report: Mapping[str, Any]) -> dict[str, Any]:
    """How good answers were, and how much of the truth is known; nothing where nobody asks for it."""
    quality, truth = report.get("quality"), report.get("truth")
    found: dict[str, Any] = {}
    if quality:
        found["quality"] = {
            name: each["value"] for name, each in quality["metrics"].items() if "constant" not in name
        }
    if truth:
        found["truth"] = {each: truth[each] for each in _SHOWN_OF_TRUTH}
    return found
