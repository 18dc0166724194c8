"""The life of a job, whatever its kind: started, InProgress, asked to stop, ended, settled after a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from emulator.jobs.runners import JobResult, JobRunner, Work
from emulator.jobs.state_changes import StateChanges
from emulator.sagemaker.api.kinds import Kind, kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.rendering import name_of
from emulator.sagemaker.api.settling import in_background, status_of
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import members_of, service_model

logger = logging.getLogger("emulator.jobs")

_RUNNING = ("Initializing", "InProgress", "Stopping")


class Jobs:
    """Behaviour of one kind of job.

    Args:
        kind: The kind.
        runner: Runs its jobs; None for a kind whose jobs are validated, then fail and say why.
        records: Where jobs are kept.
        changes: Told when a job has started and when it has ended.
    """

    def __init__(self, kind: Kind, runner: JobRunner | None, records: Records, changes: StateChanges) -> None:
        self._kind = kind
        self._runner = runner
        self._records = records
        self._changes = changes
        self._described = members_of(service_model("sagemaker").operation_model(f"Describe{kind.name}").output_shape)
        self._stem = kind.name.removesuffix("Job")

    def created(self, record: Record) -> None:
        """Start the job in the background; raises ServiceError when it is refused."""
        if self._runner is None:
            self._fail_unrun(record)
            return
        work = self._runner.work_of(record)
        self._change(record, self._runner.first_status(record))
        if self._runner.phases:
            self._enter(record, "Starting", self._runner.phases.starting)
        in_background(lambda: self._run(record, work), self._kind.label)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Updates are recorded only."""

    def stopped(self, record: Record) -> None:
        """Ask the job to end; it is Stopping until it has. Raises ServiceError for one that has ended."""
        runner, status = self._runner, status_of(record)
        if runner is None or status not in _RUNNING:
            raise ServiceError(
                "ValidationException",
                f"The request was rejected because the {self._kind.label} is in status {status}.",
            )
        self._change(record, "Stopping")
        if runner.phases:
            self._enter(record, "Stopping", runner.phases.stopping)
        in_background(lambda: runner.stop(name_of(self._kind, record)), f"stop {self._kind.label}")

    def deleted(self, record: Record) -> bool:
        """Refuse while the job runs, for kinds that have a Delete call."""
        if status_of(record) in _RUNNING:
            raise ServiceError("ResourceInUse", f'Cannot delete running {self._kind.label} "{record.arn}".')
        return True

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail that were running when the emulator ended; returns a sentence for each."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind == self._kind.name and status_of(record) in _RUNNING:
                self._end(record, JobResult(status="Failed", failure_reason=reason))
                said.append(f"{self._kind.label} {name_of(self._kind, record)} was running: {reason}")
        return said

    def _run(self, record: Record, work: Work) -> None:
        started = time.time()
        self._change(record, **self._known(f"{self._stem}StartTime", started))
        if self._runner and self._runner.phases:
            self._enter(record, *self._runner.phases.running)
        self._changes.tell(record)
        try:
            result = work()
        except Exception as error:
            logger.exception("%s %s", self._kind.label, record.key)
            self._end(record, JobResult(status="Failed", failure_reason=f"InternalServerError: {error}"))
            return
        seconds = max(1, round(time.time() - started))
        billed = self._known(f"{self._stem}TimeInSeconds", seconds) | self._known("BillableTimeInSeconds", seconds)
        self._end(record, result, billed)

    def _end(self, record: Record, result: JobResult, billed: Mapping[str, int] | None = None) -> None:
        if self._runner and self._runner.phases:
            message = self._runner.phases.ended.get(result.status) or result.failure_reason
            self._enter(record, result.status, message or self._runner.phases.ended["Failed"])
        self._change(
            record,
            result.status,
            FailureReason=result.failure_reason,
            **result.described(),
            **self._known(f"{self._stem}EndTime", time.time()),
            **(billed or {}),
        )
        self._changes.tell(record)

    def _fail_unrun(self, record: Record) -> None:
        failed = (status for status in self._described[self._kind.status_member].enum if status.lower() == "failed")
        reason = (
            f"The emulator does not run {self._kind.label}s: the request was valid, but there is nothing that "
            "could do the work."
        )
        self._change(record, next(failed, "Failed"), FailureReason=reason)

    def _change(self, record: Record, status: str | None = None, **members: Any) -> None:
        self._records.change(record, **({self._kind.status_member: status} if status else {}), **members)

    def _known(self, member: str, value: Any) -> dict[str, Any]:
        """The member, if Describe has it for this kind."""
        return {member: value} if member in self._described else {}

    def _enter(self, record: Record, status: str, message: str) -> None:
        now = time.time()
        transitions: list[dict[str, Any]] = list(record.outcome.get("SecondaryStatusTransitions", []))
        if transitions:
            transitions[-1] = {**transitions[-1], "EndTime": now}
        transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
        self._records.change(record, SecondaryStatus=status, SecondaryStatusTransitions=transitions)


def job_behaviours(runners: Mapping[str, JobRunner], records: Records, changes: StateChanges) -> Mapping[str, Jobs]:
    """The behaviour of every kind of job by name; kinds with a runner first."""
    unrun = [name for name in kinds() if name.endswith(("Job", "JobV2")) and name not in runners]
    return {name: Jobs(kinds()[name], runners.get(name), records, changes) for name in (*runners, *unrun)}
