"""What containers write that serve or train, delivered to CloudWatch Logs.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.containers.log_delivery import new_lines, put_lines
from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.components.components import unit_of
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.notebooks.machines import LOGS as NOTEBOOK_LOGS
from emulator.sagemaker.notebooks.machines import home_of

ROUND_SECONDS = 0.5
# There are no instances: every container is one process on this machine.
_INSTANCE = "this-machine"


@dataclass(frozen=True)
class _Stream:
    """Where the lines of a file belong."""

    group: str
    name: str
    file: Path


class ContainerLogs:
    """The logs of containers, one stream for each, in the groups of their endpoints, components or all training.

    Args:
        records: Where endpoints, components and jobs are kept.
        state: The emulator's state directory, with a folder for endpoints and one for training jobs, and in these a
            folder with a `log.txt` for each container.
    """

    def __init__(self, records: Records, state: Path) -> None:
        self._records = records
        self._state = state
        self._lock = threading.Lock()
        # What an earlier run has left was delivered by it.
        found = [*(state / "endpoints").rglob("log.txt")]
        found += [file for depth in ("*", "*/*") for file in (state / "training").glob(f"{depth}/log.txt")]
        found += [file for name in NOTEBOOK_LOGS for file in (state / "notebooks").glob(f"*/logs/{name}")]
        self._delivered = {file: file.stat().st_size for file in found}

    def deliver(self) -> None:
        """Send the lines that are new since the last round."""
        with self._lock:
            for record in self._records.everywhere():
                for stream in _streams(record, self._state):
                    self._deliver(record, stream)

    def _deliver(self, record: Record, stream: _Stream) -> None:
        while True:
            lines, end = new_lines(stream.file, self._delivered.get(stream.file, 0))
            if lines:
                with in_scope(record.account, record.region):
                    put_lines(stream.group, stream.name, lines)
            if end == self._delivered.get(stream.file, 0):
                return
            self._delivered[stream.file] = end


def _streams(record: Record, state: Path) -> Iterator[_Stream]:
    if record.kind == "TrainingJob":
        yield from _training_streams(record, state / "training")
        return
    if record.kind == "NotebookInstance":
        yield from _notebook_streams(record, state / "notebooks")
        return
    folder = state / "endpoints"
    if record.kind == "Endpoint":
        group = f"/aws/sagemaker/Endpoints/{record.request['EndpointName']}"
        deployment = deployment_of(record)
        units = deployment.units if deployment else ()
    elif record.kind == "InferenceComponent":
        group = f"/aws/sagemaker/InferenceComponents/{record.request['InferenceComponentName']}"
        unit = unit_of(record)
        units = (unit,) if unit else ()
    else:
        return
    for unit in units:
        for part in unit.model.parts:
            several = f"/{part.hostname}" if unit.model.is_pipeline else ""
            yield _Stream(group, f"{unit.variant}/{_INSTANCE}{several}", folder / part.container.name / "log.txt")


def _notebook_streams(record: Record, notebooks: Path) -> Iterator[_Stream]:
    logs, name = home_of(notebooks, record.arn) / "logs", record.request["NotebookInstanceName"]
    for each in NOTEBOOK_LOGS:
        yield _Stream("/aws/sagemaker/NotebookInstances", f"{name}/{each}", logs / each)


def _training_streams(record: Record, folder: Path) -> Iterator[_Stream]:
    """One for each machine of a job that has started: `<job>/algo-1-<when it started>` and so on."""
    started = record.outcome.get("TrainingStartTime")
    if started is None:
        return
    name = str(record.request["TrainingJobName"])
    resources: Mapping[str, Any] = record.request["ResourceConfig"]
    for number in range(1, int(resources.get("InstanceCount", 1)) + 1):
        host = f"algo-{number}"
        home = folder / name if number == 1 else folder / name / host
        yield _Stream("/aws/sagemaker/TrainingJobs", f"{name}/{host}-{int(started)}", home / "log.txt")
