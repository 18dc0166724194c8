"""Reads the report of a comparison, and tells CloudWatch and EventBridge what it recommends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lambdas.monitor.comparison import SIDES
from lambdas.monitor.run_reports import RunReports
from lambdas.monitor.windows import Window

ENDED, FAILED = "Challenger Comparison Ended", "Challenger Comparison Failed"
PROMOTE = "promote"
_UNDECIDED = "not enough"
_SHOWN = ("variant", "model", "package")


@dataclass(frozen=True)
class ComparisonReports(RunReports):
    """What came of the runs of a comparison."""

    ended_event: ClassVar[str] = ENDED
    failed_event: ClassVar[str] = FAILED

    def tell(self, window: Window, report: dict[str, Any]) -> dict[str, Any]:
        """Count what is known of the challenger, and tell what is recommended."""
        del window
        decision: Mapping[str, Any] = report.get("decision", {})
        self.telling.count(_values(report, decision))
        return {
            "state": report["state"],
            "recommendation": decision.get("recommendation", _UNDECIDED),
            "says": report["says"],
            **{each: decision.get(each) for each in ("confidence", "effect", "least", "most")},
            "rows": report["rows"],
            "lost": report["lost"],
            **{side: {each: report.get(side, {}).get(each, "") for each in _SHOWN} for side in SIDES},
        }


def _values(report: Mapping[str, Any], decision: Mapping[str, Any]) -> dict[str, float]:
    values = {
        "Runs": 1.0,
        "FailedRuns": 0.0,
        "Rows": float(report["rows"]),
        "LostRows": float(sum(report["lost"].values())),
    }
    if decision:
        values["PromotionRecommended"] = float(decision["recommendation"] == PROMOTE)
    for name, key in (("Advantage", "effect"), ("LeastAdvantage", "least")):
        if report.get("aim") == "better" and decision.get(key) is not None:
            values[name] = float(decision[key])
    agreement: Mapping[str, Any] = report.get("agreement") or {}
    if agreement.get("share") is not None:
        values["Agreement"] = float(agreement["share"])
    return values
