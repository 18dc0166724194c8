"""What is told of runs, whatever they look at."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from lambdas.monitor.monitor import Monitor, ReportFiles
from lambdas.monitor.telling import Telling
from lambdas.monitor.windows import Window


@dataclass(frozen=True)
class RunReports(ABC):
    """What came of runs.

    Args:
        monitor: What looks at windows.
        files: Where reports lie.
        telling: Who is told of them.
    """

    monitor: Monitor
    files: ReportFiles
    telling: Telling
    ended_event: ClassVar[str]
    """The detail type of a run with a report."""
    failed_event: ClassVar[str]
    """The detail type of a run that has failed for good."""

    def begin(self) -> None:
        """Count as seen from now on, so that nobody is told of missing runs before there could have been one.

        SageMaker refuses an input without objects, and the first run has no history yet.
        """
        self.files.write(self.monitor.reports.below("history/begun.json"), {"version": 1})
        self.telling.count({"Runs": 0.0})

    def failed(self, window: str, name: str, reason: str) -> None:
        """Tell that the run of a window has failed for good."""
        self.telling.count({"FailedRuns": 1.0})
        self.telling.tell(self.failed_event, {"window": {"name": window}, "job": name, "reason": reason[:1000]})

    def ended(self, window: Window) -> dict[str, Any] | None:
        """Tell what the report of a window says; None if that was told already. Raises FileNotFoundError."""
        place = self.monitor.folder(window)
        if self.files.content(place.below("told.json")) is not None:
            return None
        report = self.files.read(place.below("report.json"))
        if report is None:
            raise FileNotFoundError(f"there is no report at {place.url}")
        named = {"name": window.name, "start": _time(window.start), "end": _time(window.end)}
        told = {"window": named, **self.tell(window, report), "report": place.url}
        self.telling.tell(self.ended_event, told)
        # Last, so that whoever dies before is followed by somebody who tells it again. It is the audit's line, too.
        self.files.write(place.below("told.json"), told)
        return told

    @abstractmethod
    def tell(self, window: Window, report: dict[str, Any]) -> dict[str, Any]:
        """Count what a report says; what is told of it."""


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
