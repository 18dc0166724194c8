"""CloudWatch metrics of how busy the machines of training jobs are.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record, Records
from emulator.services.cloudwatch import metric_store

ROUND_SECONDS = 15
"""Several times in a minute of CloudWatch, so that each minute has a value."""
_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_KIBIBYTE = 1024


@dataclass(frozen=True)
class _Used:
    """Seconds of CPU and kibibytes of memory of a group of processes."""

    seconds: float = 0.0
    kibibytes: int = 0


class TrainingUsage:
    """Publishes what each machine of a training job uses: 100 percent for each core, and of this machine's memory.

    Args:
        records: Where training jobs are kept.
        folder: Below it, a folder for each job, with the process id of its container.
    """

    def __init__(self, records: Records, folder: Path) -> None:
        self._records = records
        self._folder = folder
        self._before: dict[int, tuple[float, float]] = {}
        self._memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    def flush(self) -> None:
        """Publish one sample of each machine since the last round; the first round of one has no CPU yet."""
        found = [(record, *machine) for record in self._records.everywhere() for machine in self._machines(record)]
        used: Mapping[int, _Used] = _used_by_group() if found else {}
        now, before = time.monotonic(), self._before
        self._before = {group: (now, used[group].seconds) for _, _, group in found if group in used}
        for record, host, group in found:
            if group not in used:
                continue
            values = {"MemoryUtilization": 100 * used[group].kibibytes * _KIBIBYTE / self._memory}
            if group in before:
                since, seconds = before[group]
                values["CPUUtilization"] = 100 * (used[group].seconds - seconds) / (now - since)
            with in_scope(record.account, record.region):
                for name, value in values.items():
                    metric_store.put_gauge(_NAMESPACE, name, {"Host": host}, round(value, 3), "Percent")

    def _machines(self, record: Record) -> Iterator[tuple[str, int]]:
        """Name and group of processes of each machine of a job that trains."""
        if record.kind != "TrainingJob" or record.outcome.get("TrainingJobStatus") != "InProgress":
            return
        name = str(record.request["TrainingJobName"])
        resources: Mapping[str, Any] = record.request["ResourceConfig"]
        for number in range(1, int(resources.get("InstanceCount", 1)) + 1):
            host = f"algo-{number}"
            home = self._folder / name if number == 1 else self._folder / name / host
            try:
                group = int((home / "pid").read_text())
            except (FileNotFoundError, ValueError):
                continue
            yield f"{name}/{host}", group


def _used_by_group() -> Mapping[int, _Used]:
    """What each group of processes has used, in Linux as in macOS."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,time=,rss="], capture_output=True, text=True, check=True).stdout
    used: dict[int, _Used] = {}
    for line in listed.splitlines():
        group, spent, kibibytes = line.split()
        so_far = used.get(int(group), _Used())
        used[int(group)] = _Used(so_far.seconds + _seconds(spent), so_far.kibibytes + int(kibibytes))
    return used


def _seconds(text: str) -> float:
    """Seconds of `[days-][hours:]minutes:seconds`."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return 86_400 * int(days or 0) + seconds
