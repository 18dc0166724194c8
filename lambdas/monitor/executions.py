"""What came of the executions of Model Monitor's schedules, told as a monitor of ours tells of its runs."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas.monitor.monitor import MonitorCalls, ReportFiles, S3Place
from lambdas.monitor.telling import ENDED, FAILED, Telling

_LOOKED_BACK = timedelta(days=2)
"""Executions that nobody was told of are made up for, such as after a fault of this function."""
_ENDS = ("Completed", "CompletedWithViolations", "Failed", "Stopped")
_NO_DATA = "no data"
"""What Model Monitor's reason says of an hour without requests: "Job inputs had no data"."""
_PAUSES, _PAUSE_SECONDS = 40, 3.0
"""Less than the function may take. What ends later still is seen at the next hour."""
_MOST_TOLD = 50
_LONGEST = 200


@dataclass(frozen=True)
class WatchedSchedule:
    """A schedule of Model Monitor.

    Args:
        name: Its name.
        telling: Who is told of it.
        reports: Where it is written down what was told.
    """

    name: str
    telling: Telling
    reports: S3Place


@dataclass(frozen=True)
class MonitoringExecutions:
    """The executions of the schedules of one monitor."""

    schedules: Sequence[WatchedSchedule]
    files: ReportFiles
    sagemaker: MonitorCalls
    pause: Callable[[float], None] = time.sleep

    def begin(self) -> None:
        """Count as seen from now on, so that nobody is told of missing executions before there could be one."""
        for schedule in self.schedules:
            schedule.telling.count({"Runs": 0.0})

    def look(self, at: datetime, job: str = "") -> list[str]:
        """Tell of what has ended and was not told; the names of what was.

        ``job`` is one that has ended: its execution ends a moment later, and is waited for.
        """
        told: list[str] = []
        for _ in range(_PAUSES):
            under_way = False
            for schedule in self.schedules:
                for execution in self._listed(schedule.name, at - _LOOKED_BACK):
                    if execution["MonitoringExecutionStatus"] in _ENDS:
                        told += filter(None, [self._tell(schedule, execution)])
                    else:
                        under_way = under_way or (bool(job) and _job(execution) == job)
            if not under_way:
                break
            self.pause(_PAUSE_SECONDS)
        return told

    def _listed(self, schedule: str, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Executions, the oldest first."""
        asked: dict[str, Any] = {
            "MonitoringScheduleName": schedule,
            "ScheduledTimeAfter": since,
            "SortBy": "ScheduledTime",
            "SortOrder": "Ascending",
            "MaxResults": 100,
        }
        while True:
            page = self.sagemaker.call("list_monitoring_executions", **asked)
            yield from page["MonitoringExecutionSummaries"]
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]

    def _tell(self, schedule: WatchedSchedule, execution: Mapping[str, Any]) -> str | None:
        scheduled: datetime = execution["ScheduledTime"]
        job = _job(execution)
        name = f"{scheduled.astimezone(UTC):%Y%m%d%H%M%S}"
        mark = schedule.reports.below(f"told/{schedule.name}/{name}{f'-{job}' if job else ''}.json")
        if self.files.content(mark) is not None:
            return None
        told = self._told(schedule, execution, name, job)
        # Last, so that whoever dies before is followed by somebody who tells it again. It is the audit's line, too.
        self.files.write(mark, told)
        return f"{schedule.name}/{name}"

    def _told(
        self, schedule: WatchedSchedule, execution: Mapping[str, Any], name: str, job: str
    ) -> Mapping[str, Any]:
        status, reason = execution["MonitoringExecutionStatus"], str(execution.get("FailureReason") or "")
        window: dict[str, Any] = {"name": name}
        if status == "Stopped" or (status == "Failed" and _NO_DATA not in reason):
            schedule.telling.count({"FailedRuns": 1.0})
            told = {"window": window, "job": job, "reason": (reason or f"it was {str(status).lower()}")[:1000]}
            schedule.telling.tell(FAILED, told)
            return told
        place, violations, rows = None, list[dict[str, Any]](), 0
        if status != "Failed":
            described = self.sagemaker.call("describe_processing_job", ProcessingJobName=job)
            place = S3Place.of(described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])
            variables: Mapping[str, str] = described.get("Environment", {})
            window |= {each: variables[f"{each}_time"] for each in ("start", "end") if variables.get(f"{each}_time")}
            violations = self._violations(place, status)
            rows = self._rows(place)
        features = sorted({each["feature"] for each in violations})
        state = "no traffic" if status == "Failed" else "violation" if violations else "fine"
        values = {"Runs": 1.0, "FailedRuns": 0.0, "Rows": float(rows)}
        if status != "Failed":
            # What finds nothing to compare leaves the alarm as it is.
            values["DriftedFeatures"] = float(len(features))
        schedule.telling.count(values)
        told = {
            "window": window,
            "state": state,
            "says": _says(state, features),
            "rows": rows,
            "lost": {},
            "confirmed": features[:_MOST_TOLD],
            "confirmed_count": len(features),
            "severity": "warning" if features else "none",
            "violations": violations[:_MOST_TOLD],
            "report": place.url if place else "",
        }
        schedule.telling.tell(ENDED, told)
        return told

    def _rows(self, place: S3Place) -> int:
        statistics: dict[str, Any] = self.files.read(place.below("statistics.json")) or {}
        dataset: dict[str, Any] = statistics.get("dataset", {})
        return int(dataset.get("item_count", 0))

    def _violations(self, place: S3Place, status: str) -> list[dict[str, Any]]:
        document: dict[str, list[dict[str, Any]]] | None = self.files.read(place.below("constraint_violations.json"))
        if document is None and status == "CompletedWithViolations":
            raise FileNotFoundError(f"there are no violations at {place.url}")
        return [
            {"feature": _subject(each), "check": str(each.get("constraint_check_type", "")),
             "says": str(each.get("description", ""))[:_LONGEST]}
            for each in (document or {}).get("violations", [])
        ]  # fmt: skip


def _job(execution: Mapping[str, Any]) -> str:
    return str(execution.get("ProcessingJobArn", "")).rpartition("/")[2]


def _subject(violation: Mapping[str, Any]) -> str:
    """What is violated: a feature, a metric, a metric of a group, or the attributions of a label."""
    if "facet" in violation:
        named = f"{violation.get('metric_name')} of {violation['facet']} {violation.get('facet_value', '')}"
    elif "label" in violation:
        named = f"{violation.get('metric_name')} of {violation['label']}"
    else:
        named = str(violation.get("feature_name") or violation.get("metric_name") or "the rows")
    return named.strip()[:_LONGEST]


def _says(state: str, features: Sequence[str]) -> str:
    if state != "violation":
        return {"no traffic": "no traffic"}.get(state, "nothing is violated")
    shown = [*features[:20], *([f"and {len(features) - 20} more"] if len(features) > 20 else [])]
    return f"violated: {', '.join(shown)}"
