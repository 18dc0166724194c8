"""What a monitor does when it is called: by its schedule, ends of jobs, CloudFormation and people."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.common.custom_resource import answered
from lambdas.monitor.monitor import ATTEMPTS, Monitor
from lambdas.monitor.run_reports import RunReports
from lambdas.monitor.runs import Runs
from lambdas.monitor.windows import window_named

_ENDS = ("Completed", "Failed", "Stopped")


@dataclass(frozen=True)
class Monitoring:
    """A monitor, or a comparison, with its runs and its reports."""

    monitor: Monitor
    runs: Runs
    reports: RunReports

    def deployed(self, event: Mapping[str, Any]) -> str:
        """Begin to count; the physical id."""
        if event["RequestType"] != "Delete":
            self.reports.begin()
        return self.monitor.name

    def due(self, at: datetime) -> dict[str, Any]:
        """Start the run that is due, and tell what nobody was told of, such as of a window without traffic.

        Returns the name of the job, and those of the windows.
        """
        started, reported = self.runs.due(at)
        told = [window.name for window in reported if self.reports.ended(window)]
        return {"started": started, "told": told}

    def job_ended(self, detail: Mapping[str, Any], at: datetime) -> None:
        """Tell what came of a job, or try once more what has failed, and go on with what waited for its end.

        Of other jobs and states, nothing.
        """
        name, status = str(detail["ProcessingJobName"]), detail["ProcessingJobStatus"]
        window, _, attempt = name.removeprefix(f"{self.monitor.prefix}-").rpartition("-")
        if not name.startswith(f"{self.monitor.prefix}-") or status not in _ENDS:
            return
        reason = str(detail.get("FailureReason") or f"it was {str(status).lower()}")
        if status == "Failed" and int(attempt) < ATTEMPTS:
            print(f"{name} is tried once more: {reason}")
            self.runs.again(window_named(window, self.monitor.every), int(attempt) + 1)
            return
        if status == "Completed":
            self.reports.ended(window_named(window, self.monitor.every))
        else:
            self.reports.failed(window, name, reason)
        self.due(at)


def answered_call(event: dict[str, Any], monitoring: Monitoring) -> dict[str, Any]:
    """Start what is due, tell what came of a job, or begin to count."""
    if "RequestType" in event:
        answered(event, monitoring.deployed)
        return {}
    if "detail-type" in event and "ProcessingJobName" in event["detail"]:
        monitoring.job_ended(event["detail"], _moment(event))
        return {}
    return monitoring.due(_moment(event))


def _moment(event: Mapping[str, Any]) -> datetime:
    """The time that the event names; now, if a person calls without one."""
    given = event.get("time")
    return datetime.fromisoformat(given) if given else datetime.fromtimestamp(time.time(), UTC)
