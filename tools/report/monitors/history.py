"""What the runs of a monitor have found, from the files that they leave in S3."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tools.report.executions import Clients
from tools.report.monitors.found import FoundMonitor

_MONTHS, _TOLD = 13, 200
_AT_ONCE = 8
_OF_ANSWERS = ("quality", "bias", "attribution")
UNDECIDED = ("no traffic", "not enough")


@dataclass(frozen=True)
class Check:
    """What one run has decided of one feature or metric."""

    state: str
    effect: float
    threshold: float


@dataclass(frozen=True)
class WindowOfMonitor:
    """A window, and what came of it."""

    start: str
    state: str
    says: str
    rows: int
    lost: int
    checks: Mapping[tuple[str, str], Check] = field(default_factory=dict[tuple[str, str], Check])
    confirmed: Sequence[str] = ()
    severity: str = ""

    @property
    def name(self) -> str:
        """Such as ``2026113007``."""
        return self.start[:13].replace("-", "").replace("T", "")

    @property
    def folder(self) -> str:
        """Where its report lies below the monitor's folder."""
        return self.start[:13].replace("-", "/").replace("T", "/")


@dataclass(frozen=True)
class Series:
    """One check of one feature over all runs."""

    feature: str
    check: str
    points: Sequence[tuple[str, Check | None]]

    @property
    def last(self) -> Check | None:
        """The last decision."""
        return next((found for _, found in reversed(self.points) if found and found.state != "not enough"), None)

    @property
    def since(self) -> tuple[str, int]:
        """Since when it is a violation, and in how many runs; empty where it is none now."""
        first, runs = "", 0
        for start, found in reversed(self.points):
            if found is None or found.state == "not enough":
                continue
            if found.state != "violation":
                break
            first, runs = start, runs + 1
        return first, runs

    @property
    def times(self) -> float:
        """How many times above its threshold it is now."""
        return self.last.effect / self.last.threshold if self.last and self.last.threshold else 0.0


def windows_of(
    clients: Clients, monitor: FoundMonitor, *, told: int = _TOLD, months: int = _MONTHS
) -> Sequence[WindowOfMonitor]:
    """The windows of a monitor, the oldest first: of so many months, and what was told of the last ones."""
    s3 = clients.client("s3")
    runs: dict[str, WindowOfMonitor] = {}
    for key in _history(s3, monitor)[-months:]:
        for line in (_read(s3, monitor.bucket, key) or "").splitlines():
            if run := _run(line):
                runs[run.start] = run
    if not told:
        return [runs[start] for start in sorted(runs)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:

        def read(key: str) -> str | None:
            return _read(s3, monitor.bucket, key)

        for text in pool.map(read, _last_told(s3, monitor, told)):
            if text:
                document = json.loads(text)
                start = str(document["window"]["start"])
                runs[start] = _with_told(runs.get(start), document)
    return [runs[start] for start in sorted(runs)]


def series_of(windows: Sequence[WindowOfMonitor]) -> list[Series]:
    """Each check that any run has decided: those that are far above their threshold first."""
    names = sorted({name for window in windows for name in window.checks})
    decided = [each for each in windows if each.checks or each.state not in UNDECIDED]
    found = [Series(*name, [(each.start, _check(each, name)) for each in decided]) for name in names]
    found = [Series(each.feature, each.check, _known(each)) for each in found]
    return sorted(found, key=lambda each: (not each.since[1], -each.times, each.feature))


def report_page(clients: Clients, monitor: FoundMonitor, window: WindowOfMonitor) -> str | None:
    """The page of a window, if it has one."""
    return _read(clients.client("s3"), monitor.bucket, f"{monitor.folder}/{window.folder}/report.html")


def _known(series: Series) -> Sequence[tuple[str, Check | None]]:
    """Its points; of answers those of runs with a truth alone, as all others say nothing of it."""
    return [point for point in series.points if point[1]] if series.check in _OF_ANSWERS else series.points


def _check(window: WindowOfMonitor, name: tuple[str, str]) -> Check | None:
    """Checks that are fine are kept of drift and answers alone: of all others, no line says so."""
    found = window.checks.get(name)
    if found is None and window.state not in UNDECIDED and name[1] not in ("drift", *_OF_ANSWERS):
        return Check("fine", 0.0, 0.0)
    return found


def _history(s3: Any, monitor: FoundMonitor) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=monitor.bucket, Prefix=f"{monitor.folder}/history/runs-"
    )
    return sorted(str(each["Key"]) for page in pages for each in page.get("Contents", []))


def _last_told(s3: Any, monitor: FoundMonitor, most: int) -> list[str]:
    """Keys of what was told of the last windows: days are listed from the newest on, until there are enough."""
    keys: list[str] = []
    for year in _folders(s3, monitor.bucket, f"{monitor.folder}/"):
        for month in _folders(s3, monitor.bucket, year):
            for day in _folders(s3, monitor.bucket, month):
                pages = s3.get_paginator("list_objects_v2").paginate(Bucket=monitor.bucket, Prefix=day)
                listed = [str(each["Key"]) for page in pages for each in page.get("Contents", [])]
                keys += sorted((key for key in listed if key.endswith("/told.json")), reverse=True)
                if len(keys) >= most:
                    return keys[:most]
    return keys


def _folders(s3: Any, bucket: str, prefix: str) -> list[str]:
    """Folders whose names are numbers, the newest first."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    found = [str(each["Prefix"]) for page in pages for each in page.get("CommonPrefixes", [])]
    return sorted((each for each in found if each.rstrip("/").rpartition("/")[2].isdigit()), reverse=True)


def _run(line: str) -> WindowOfMonitor | None:
    try:
        given = json.loads(line)
        checks = {
            (str(feature), str(check)): Check(str(state), float(effect), float(threshold))
            for feature, check, state, effect, threshold in given["checks"]
        }
        lost = sum(given["lost"].values())
        return WindowOfMonitor(given["start"], given["state"], given["says"], given["rows"], lost, checks)
    except (ValueError, KeyError, TypeError, AttributeError):
        # Half a line is none; the run that wrote it has a report all the same.
        return None


def _with_told(run: WindowOfMonitor | None, told: Mapping[str, Any]) -> WindowOfMonitor:
    return WindowOfMonitor(
        start=str(told["window"]["start"]),
        state=str(told["state"]),
        says=str(told["says"]),
        rows=int(told["rows"]),
        lost=sum(told["lost"].values()),
        checks=run.checks if run else {},
        confirmed=[str(each) for each in told["confirmed"]],
        severity=str(told["severity"]),
    )


def _read(s3: Any, bucket: str, key: str) -> str | None:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8", "replace")
    except s3.exceptions.NoSuchKey:
        return None
