"""CloudWatch metrics of the memory that copies of inference components use.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Mapping
from typing import Any

from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.components.components import Copies, unit_of
from emulator.sagemaker.endpoints.fleet import ServingFleet
from emulator.services.clock import shortened
from emulator.services.cloudwatch import alarms, metric_store

ROUND_SECONDS = shortened(60)
_NAME = "MemoryUtilizationNormalized"
_KIBIBYTES_PER_MEBIBYTE = 1024


class CopyMemory:
    """Publishes once a minute what each copy uses, in percent of the memory that its component asks for.

    Args:
        records: Where inference components are kept.
        fleet: Runs their containers.
    """

    def __init__(self, records: Records, fleet: ServingFleet) -> None:
        self._records = records
        self._fleet = fleet

    def flush(self) -> None:
        """Publish one sample of each copy; one process stands for all copies of a component."""
        found = [(record, groups) for record in self._records.everywhere() if (groups := self._groups(record))]
        used = _kibibytes_by_group() if found else Counter[int]()
        for record, groups in found:
            percent = 100 * sum(used[group] for group in groups) / (_asked(record) * _KIBIBYTES_PER_MEBIBYTE)
            dimensions = {"InferenceComponentName": str(record.request["InferenceComponentName"])}
            with in_scope(record.account, record.region):
                copies = {round(percent, 3): Copies.of(record).current}
                metric_store.put(metric_store.COMPONENTS, _NAME, dimensions, "Percent", copies)
                alarms.evaluate_on(metric_store.COMPONENTS, _NAME)

    def _groups(self, record: Record) -> list[int]:
        unit = unit_of(record) if record.kind == "InferenceComponent" and Copies.of(record).current else None
        return self._fleet.process_groups(unit) if unit and _asked(record) else []


def _asked(record: Record) -> int:
    """What a copy asks for, in MiB."""
    specification: Mapping[str, Any] = record.request.get("Specification") or {}
    needs: Mapping[str, Any] = specification.get("ComputeResourceRequirements") or {}
    return int(needs.get("MinMemoryRequiredInMb") or 0)


def _kibibytes_by_group() -> Counter[int]:
    """The resident memory of each group of processes, in Linux as in macOS."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=True).stdout
    used: Counter[int] = Counter()
    for line in listed.splitlines():
        group, kibibytes = line.split()
        used[int(group)] += int(kibibytes)
    return used
