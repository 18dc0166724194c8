"""Processing and batch transform: jobs that run in the background and have no more than a status."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from emulator.jobs.state_changes import StateChanges
from emulator.sagemaker.api.data_plane import Processing, Transform
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.sagemaker.models.parts import containers_of
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.jobs")

RUNNING = ("InProgress", "Stopping")
_MOST_PAYLOAD_MEGABYTES = 100


def refuse_stop(record: Record) -> None:
    """Refuse to stop a job that has ended. Raises ServiceError."""
    status = record.outcome[kinds()[record.kind].status_member]
    raise ServiceError(
        "ValidationException",
        f"The request was rejected because the {kinds()[record.kind].label} is in status {status}.",
    )


class JobRunner(Protocol):
    """What runs the jobs of one kind."""

    def work_of(self, record: Record) -> Callable[[], Mapping[str, Any]]:
        """What runs a job and gives its outcome, status first of all. Raises ServiceError to refuse it."""
        ...

    def stop(self, name: str) -> None:
        """Ask the processes of a job to end."""
        ...


class BackgroundJobs:
    """Behaviour of a kind of job with no more than a status: it runs in the background until it ends.

    Args:
        kind: The kind's name, such as `TransformJob`.
        runner: Runs the jobs of that kind.
        records: Where jobs are kept.
        changes: Told when a job has started and when it has ended.
    """

    def __init__(self, kind: str, runner: JobRunner, records: Records, changes: StateChanges) -> None:
        self._kind = kind
        self._runner = runner
        self._records = records
        self._changes = changes

    def created(self, record: Record) -> None:
        """Start the job in the background; raises ServiceError when it is refused."""
        work = self._runner.work_of(record)
        self._records.change(record, **{f"{self._kind}Status": "InProgress"})
        in_background(lambda: self._run(record, work), kinds()[self._kind].label)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """These jobs have no Update call."""

    def stopped(self, record: Record) -> None:
        """Ask the job to end; it is Stopping until it has."""
        if record.outcome[f"{self._kind}Status"] not in RUNNING:
            refuse_stop(record)
        self._records.change(record, **{f"{self._kind}Status": "Stopping"})
        name = str(record.request[f"{self._kind}Name"])
        in_background(lambda: self._runner.stop(name), f"stop {kinds()[self._kind].label}")

    def deleted(self, record: Record) -> bool:
        """Refuse while the job runs, for kinds that have a Delete call."""
        if record.outcome[f"{self._kind}Status"] in RUNNING:
            raise ServiceError("ResourceInUse", f'Cannot delete running {kinds()[self._kind].label} "{record.arn}".')
        return True

    def _run(self, record: Record, work: Callable[[], Mapping[str, Any]]) -> None:
        self._records.change(record, **{f"{self._started}StartTime": time.time()})
        self._changes.tell(record)
        try:
            outcome = work()
        except Exception as error:
            logger.exception("%s %s", self._kind, record.key)
            outcome = {f"{self._kind}Status": "Failed", "FailureReason": f"InternalServerError: {error}"}
        self._end(record, outcome)

    def _end(self, record: Record, outcome: Mapping[str, Any]) -> None:
        self._records.change(record, **outcome, **{f"{self._started}EndTime": time.time()})
        self._changes.tell(record)

    @property
    def _started(self) -> str:
        return self._kind.removesuffix("Job")

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail that were running when the emulator ended; returns a sentence for each."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind == self._kind and record.outcome.get(f"{self._kind}Status") in RUNNING:
                self._end(record, {f"{self._kind}Status": "Failed", "FailureReason": reason})
                label = kinds()[self._kind].label
                said.append(f"{label} {record.request[f'{self._kind}Name']} was running: {reason}")
        return said


class TransformJobs:
    """Runs jobs of the kind `TransformJob`.

    Args:
        records: Where models are kept.
        transform: Gives the data plane; called on first use, as it needs the running emulator.
    """

    def __init__(self, records: Records, transform: Callable[[], Transform]) -> None:
        self._records = records
        self._transform = transform

    def work_of(self, record: Record) -> Callable[[], Mapping[str, Any]]:
        """Run the job with the model that there is now. Raises ServiceError for payloads over 100 MB in all."""
        megabytes = record.request.get("MaxPayloadInMB", 0)
        concurrency = record.request.get("MaxConcurrentTransforms", 0) or 1
        if megabytes * concurrency > _MOST_PAYLOAD_MEGABYTES:
            raise ServiceError(
                "ValidationException",
                f"MaxPayloadInMB ({megabytes}) times MaxConcurrentTransforms ({concurrency}) must not exceed "
                f"{_MOST_PAYLOAD_MEGABYTES} MB.",
            )
        found = self._records.find("Model", str(record.request["ModelName"]))
        # Taken now: the model may be deleted once the job has started.
        model = {**found.request, "Containers": containers_of(found)} if found else {}

        def work() -> Mapping[str, Any]:
            result = self._transform().run(dict(record.request), model)
            return {"TransformJobStatus": result.status, "FailureReason": result.failure_reason}

        return work

    def stop(self, name: str) -> None:
        """Ask the job's process to end."""
        self._transform().stop(name)


class ProcessingJobs:
    """Runs jobs of the kind `ProcessingJob`.

    Args:
        processing: Gives the data plane; called on first use, as it needs the running emulator.
    """

    def __init__(self, processing: Callable[[], Processing]) -> None:
        self._processing = processing

    def work_of(self, record: Record) -> Callable[[], Mapping[str, Any]]:
        """Run the job."""

        def work() -> Mapping[str, Any]:
            result = self._processing().run(dict(record.request), record.arn)
            return {
                "ProcessingJobStatus": result.status,
                "FailureReason": result.failure_reason,
                "ExitMessage": result.exit_message,
            }

        return work

    def stop(self, name: str) -> None:
        """Ask the job's processes to end."""
        self._processing().stop(name)
