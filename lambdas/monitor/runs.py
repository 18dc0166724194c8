"""Starts a job for each window, once, one after the other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lambdas.monitor.monitor import ATTEMPTS, Monitor, MonitorCalls, ReportFiles
from lambdas.monitor.windows import Window, last_window

_MADE_UP_FOR = 3
"""So many windows are looked at, the last one and those that were missed before it."""
_UNKNOWN = ("ResourceNotFound", "ValidationException")
_MANIFEST = "captured.manifest"
NO_TRAFFIC: Mapping[str, Any] = {
    "version": 1,
    "state": "no traffic",
    "says": "no traffic",
    "rows": 0,
    "lost": {},
    "checks": [],
}
"""The report of a window in which nothing was captured: it needs no job."""


@dataclass(frozen=True)
class Runs:
    """The runs of a monitor."""

    monitor: Monitor
    files: ReportFiles
    sagemaker: MonitorCalls

    def due(self, at: datetime) -> tuple[str | None, list[Window]]:
        """Start what is due at a moment: the name of the job that was started, and the windows that have a report.

        The last windows that have neither a report nor a job are made up for, such as after a fault of the service,
        the first one first: each run reads what those before it have found.
        """
        last = last_window(at, self.monitor.every, self.monitor.delay)
        reported: list[Window] = []
        for window in (last.before(number) for number in range(_MADE_UP_FOR - 1, -1, -1)):
            report = self.monitor.folder(window).below("report.json")
            if self.files.content(report) is None:
                if keys := self._captured(window):
                    started, runs = self._started(window, keys)
                    if runs:
                        return started, reported
                    continue
                self.files.write(report, NO_TRAFFIC)
            reported.append(window)
        return None, reported

    def again(self, window: Window, attempt: int) -> str | None:
        """Try a window once more, with all that is there by now; None if somebody else has begun to."""
        return self._create(f"{self.monitor.prefix}-{window.name}-{attempt}", window, self._captured(window))

    def _started(self, window: Window, keys: Sequence[str]) -> tuple[str | None, bool]:
        """The name of the job that was started, and whether one runs."""
        for attempt in range(1, ATTEMPTS + 1):
            name = f"{self.monitor.prefix}-{window.name}-{attempt}"
            # Before its list of files is written, which the job of somebody else may be about to read.
            status = self._status(name)
            if status is None:
                return self._create(name, window, keys), True
            if status not in ("Failed", "Stopped"):
                return None, status != "Completed"
        return None, False

    def _status(self, name: str) -> str | None:
        try:
            return str(self.sagemaker.call("describe_processing_job", ProcessingJobName=name)["ProcessingJobStatus"])
        except Exception as error:
            if self.sagemaker.code_of(error) in _UNKNOWN:
                return None
            raise

    def _create(self, name: str, window: Window, keys: Sequence[str]) -> str | None:
        place, captured = self.monitor.folder(window), self.monitor.captured
        self.files.write(place.below(_MANIFEST), [{"prefix": f"s3://{captured.bucket}/"}, *keys])
        listed = {"S3Uri": place.below(_MANIFEST).url, "S3DataType": "ManifestFile"}
        given = self.monitor.request
        request: dict[str, Any] = {
            **given,
            "ProcessingInputs": _changed(given["ProcessingInputs"], "InputName", "captured", "S3Input", listed),
            "ProcessingOutputConfig": {
                **given["ProcessingOutputConfig"],
                "Outputs": _changed(
                    given["ProcessingOutputConfig"]["Outputs"],
                    "OutputName",
                    "report",
                    "S3Output",
                    {"S3Uri": place.url},
                ),
            },
        }
        try:
            self.sagemaker.call("create_processing_job", ProcessingJobName=name, **request)
        except Exception as error:
            if self.sagemaker.code_of(error) == "ResourceInUse":
                return None
            raise
        return name

    def _captured(self, window: Window) -> list[str]:
        """Keys of what was captured in a window, and of what came too late for the run of the one before."""
        return [*self._late(window.before(1)), *self._listed(window)]

    def _late(self, window: Window) -> Iterator[str]:
        place = self.monitor.folder(window)
        taken: list[Any] | None = self.files.read(place.below(_MANIFEST))
        if taken is None and self.files.read(place.below("report.json")) is None:
            return
        known = {str(each) for each in (taken or [])[1:]}
        yield from (key for key in self._listed(window) if key not in known)

    def _listed(self, window: Window) -> list[str]:
        captured = self.monitor.captured
        variants = [each for each in self.files.folders(captured) if not re.fullmatch(r"\d{4}", each)]
        roots = [captured.below(each) for each in variants] or [captured]
        return [key for root in roots for hour in window.hours() for key in self.files.keys(root.below(hour))]


def _changed(
    listed: Sequence[Mapping[str, Any]], member: str, name: str, source: str, changes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Inputs or outputs, of which the one called ``name`` has another source."""
    return [{**each, source: {**each[source], **(changes if each[member] == name else {})}} for each in listed]
