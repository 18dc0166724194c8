"""Starts a job for each window, once, one after the other."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from lambdas.monitor.monitor import ATTEMPTS, Monitor, MonitorCalls, ReportFiles, S3Place, Truth
from lambdas.monitor.windows import Window, last_window

_MADE_UP_FOR = 3
"""So many windows are looked at, the last one and those that were missed before it."""
_UNKNOWN = ("ResourceNotFound", "ValidationException")
_LOOKED_BACK = 10
"""With so many runs before, lists of truth that was judged are looked for."""
_CAPTURED, _EARLIER, _TRUTH, _EARLIER_TRUTH = "captured", "earlier", "truth", "earlier-truth"
_HOUR = re.compile(r"/(\d{4}/\d{2}/\d{2}/\d{2})/[^/]*$")
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
class Listed:
    """Files that a job is given: keys of a bucket."""

    bucket: str
    keys: Sequence[str]


@dataclass(frozen=True)
class Runs:
    """The runs of a monitor."""

    monitor: Monitor
    files: ReportFiles
    sagemaker: MonitorCalls
    prepare: Callable[[Window], None] = lambda _: None
    """Leaves what a job reads beside its files, just before it is started."""

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
                if files := self._files(window):
                    started, runs = self._started(window, files)
                    if runs:
                        return started, reported
                    continue
                self.files.write(report, NO_TRAFFIC)
            reported.append(window)
        return None, reported

    def again(self, window: Window, attempt: int) -> str | None:
        """Try a window once more, with all that is there by now; None if somebody else has begun to."""
        return self._create(f"{self.monitor.prefix}-{window.name}-{attempt}", window, self._files(window))

    def _started(self, window: Window, files: Mapping[str, Listed]) -> tuple[str | None, bool]:
        """The name of the job that was started, and whether one runs."""
        for attempt in range(1, ATTEMPTS + 1):
            name = f"{self.monitor.prefix}-{window.name}-{attempt}"
            # Before its list of files is written, which the job of somebody else may be about to read.
            status = self._status(name)
            if status is None:
                return self._create(name, window, files), True
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

    def _create(self, name: str, window: Window, files: Mapping[str, Listed]) -> str | None:
        place, given = self.monitor.folder(window), self.monitor.request
        inputs: list[dict[str, Any]] = []
        for each, listed in files.items():
            manifest = place.below(f"{each}.manifest")
            self.files.write(manifest, [{"prefix": f"s3://{listed.bucket}/"}, *listed.keys])
            inputs.append(_listed_input(given["ProcessingInputs"], each, manifest.url))
        self.prepare(window)
        request: dict[str, Any] = {
            **given,
            "ProcessingInputs": [
                *inputs,
                *(each for each in given["ProcessingInputs"] if each["InputName"] != _CAPTURED),
            ],
            # All files are those of the window, whatever the time of their rows: some are late.
            "Environment": {
                **given.get("Environment", {}),
                "window_start": f"{window.start:%Y-%m-%dT%H:%M:%SZ}",
                "window_end": f"{window.end:%Y-%m-%dT%H:%M:%SZ}",
            },
            "ProcessingOutputConfig": {
                **given["ProcessingOutputConfig"],
                "Outputs": [
                    {
                        **each,
                        "S3Output": {**each["S3Output"], **({"S3Uri": place.url} if _is_report(each) else {})},
                    }
                    for each in given["ProcessingOutputConfig"]["Outputs"]
                ],
            },
        }
        try:
            self.sagemaker.call("create_processing_job", ProcessingJobName=name, **request)
        except Exception as error:
            if self.sagemaker.code_of(error) == "ResourceInUse":
                return None
            raise
        return name

    def _files(self, window: Window) -> dict[str, Listed]:
        """What the run of a window reads, by the name of its input; empty where there is nothing to look at.

        With truth that nobody has judged yet come the requests of the days before, for which it is.
        """
        captured, truth = self.monitor.captured.bucket, self.monitor.truth
        found = {_CAPTURED: Listed(captured, self._captured(window))}
        if truth and truth.judged_with(window):
            told = self._truths(truth, window)
            known = {*self._judged_before(truth, window)}
            fresh = [key for key in told if key not in known]
            now = {*found[_CAPTURED].keys}
            before = [key for key in self._asked_before(truth, window) if key not in now]
            if now or fresh:
                found |= {
                    _TRUTH: Listed(truth.place.bucket, fresh),
                    _EARLIER_TRUTH: Listed(truth.place.bucket, [key for key in told if key in known]),
                    _EARLIER: Listed(captured, before),
                }
        return {name: listed for name, listed in found.items() if listed.keys}

    def _truths(self, truth: Truth, window: Window) -> list[str]:
        days = truth.days_of(window)
        return [key for day in days for key in self.files.keys(truth.place.below(day)) if _is_before(key, window)]

    def _judged_before(self, truth: Truth, window: Window) -> Iterator[str]:
        """Keys of truth that the last run has judged that has judged any."""
        steps = truth.every // self.monitor.every
        for number in range(1, _LOOKED_BACK + 1):
            place = self.monitor.folder(window.before(steps * number))
            if self.files.content(place.below("report.json")) is not None:
                names = (_TRUTH, _EARLIER_TRUTH)
                lists: list[list[Any]] = [self.files.read(place.below(f"{each}.manifest")) or [] for each in names]
                if any(lists):
                    yield from (str(key) for listed in lists for key in listed[1:])
                    return

    def _asked_before(self, truth: Truth, window: Window) -> Iterator[str]:
        days = truth.days_of(window)
        for root in self._roots():
            for day in days:
                yield from (key for key in self.files.keys(root.below(day)) if _is_before(key, window))

    def _captured(self, window: Window) -> list[str]:
        """Keys of what was captured in a window, and of what came too late for the run of the one before."""
        return [*self._late(window.before(1)), *self._listed(window)]

    def _late(self, window: Window) -> Iterator[str]:
        place = self.monitor.folder(window)
        taken: list[Any] | None = self.files.read(place.below(f"{_CAPTURED}.manifest"))
        if taken is None and self.files.read(place.below("report.json")) is None:
            return
        known = {str(each) for each in (taken or [])[1:]}
        yield from (key for key in self._listed(window) if key not in known)

    def _listed(self, window: Window) -> list[str]:
        return [key for root in self._roots() for hour in window.hours() for key in self.files.keys(root.below(hour))]

    def _roots(self) -> list[S3Place]:
        """Where folders of years lie: below each variant, or right below the prefix."""
        captured = self.monitor.captured
        variants = [each for each in self.files.folders(captured) if not re.fullmatch(r"\d{4}", each)]
        return [captured.below(each) for each in variants] or [captured]


def _is_report(output: Mapping[str, Any]) -> bool:
    return output["OutputName"] == "report"


def _is_before(key: str, window: Window) -> bool:
    """Whether an object lies in the folder of an hour before the end of a window."""
    hour = _HOUR.search(key)
    return hour is not None and hour[1] < f"{window.end:%Y/%m/%d/%H}"


def _listed_input(inputs: Sequence[Mapping[str, Any]], name: str, manifest: str) -> dict[str, Any]:
    """The input ``name`` of a list of files, made of that of captured files."""
    [captured] = [each for each in inputs if each["InputName"] == _CAPTURED]
    source: dict[str, Any] = {**captured["S3Input"], "S3Uri": manifest, "S3DataType": "ManifestFile"}
    if "LocalPath" in source:
        source["LocalPath"] = str(PurePosixPath(source["LocalPath"]).with_name(name))
    return {**captured, "InputName": name, "S3Input": source}
