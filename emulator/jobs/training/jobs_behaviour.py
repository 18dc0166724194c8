"""Training jobs, which run for real, and kinds of jobs that are validated, then fail and say why."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.jobs.lifecycle import RUNNING, refuse_stop
from emulator.jobs.state_changes import StateChanges
from emulator.sagemaker.api.data_plane import Trained, Training
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import members_of, service_model

logger = logging.getLogger("emulator.jobs")


class UnrunJobs:
    """Behaviour of the kinds of jobs that the emulator does not run.

    Args:
        records: Where jobs are kept.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def created(self, record: Record) -> None:
        """Let the job fail at once."""
        kind = kinds()[record.kind]
        described = members_of(service_model("sagemaker").operation_model(f"Describe{kind.name}").output_shape)
        failed = next((status for status in described[kind.status_member].enum if status.lower() == "failed"), "")
        reason = (
            f"The emulator does not run {kind.label}s: the request was valid, but there is nothing that "
            "could do the work."
        )
        self._records.change(record, **{kind.status_member: failed or "Failed", "FailureReason": reason})

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Updates are recorded only."""

    def stopped(self, record: Record) -> None:
        """Refuse: these jobs have ended already."""
        refuse_stop(record)

    def deleted(self, record: Record) -> bool:
        """Nothing is running, so it may go."""
        del record
        return True


class TrainingJobs:
    """Behaviour of the kind `TrainingJob`.

    Args:
        records: Where jobs are kept.
        training: Gives the data plane; called on first use, as it needs the running emulator.
        changes: Told when a job has started and when it has ended.
    """

    def __init__(self, records: Records, training: Callable[[], Training], changes: StateChanges) -> None:
        self._records = records
        self._training = training
        self._changes = changes

    def created(self, record: Record) -> None:
        """Start the job in the background."""
        self._records.change(record, TrainingJobStatus="InProgress", SecondaryStatusTransitions=[])
        self._enter(record, "Starting", "Preparing the instances for training")
        in_background(lambda: self._run(record), "training-job")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Updates are recorded only."""

    def stopped(self, record: Record) -> None:
        """Ask the process to end; the job is Stopping until it has."""
        if record.outcome["TrainingJobStatus"] not in RUNNING:
            refuse_stop(record)
        self._records.change(record, TrainingJobStatus="Stopping")
        self._enter(record, "Stopping", "Stopping the training job")
        in_background(lambda: self._training().stop(str(record.request["TrainingJobName"])), "stop-training-job")

    def deleted(self, record: Record) -> bool:
        """Refuse while the job runs."""
        if record.outcome["TrainingJobStatus"] in RUNNING:
            raise ServiceError("ResourceInUse", f'Cannot delete running training job "{record.arn}".')
        return True

    def _enter(self, record: Record, status: str, message: str) -> None:
        now = time.time()
        transitions: list[dict[str, Any]] = list(record.outcome.get("SecondaryStatusTransitions", []))
        if transitions:
            transitions[-1] = {**transitions[-1], "EndTime": now}
        transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
        self._records.change(record, SecondaryStatus=status, SecondaryStatusTransitions=transitions)

    def _run(self, record: Record) -> None:
        started = time.time()
        self._records.change(record, TrainingStartTime=started)
        self._enter(record, "Training", "Training image download completed. Training in progress.")
        self._changes.tell(record)
        try:
            result = self._training().run(dict(record.request))
        except Exception as error:
            logger.exception("training job %s", record.key)
            self._fail(record, f"InternalServerError: {error}")
            return
        self._finish(record, result, time.time() - started)

    def _finish(self, record: Record, result: Trained, seconds: float) -> None:
        ended = time.time()
        messages = {"Completed": "Training job completed", "Stopped": "Training job stopped"}
        artifacts = result.model_artifacts_url
        self._enter(record, result.status, messages.get(result.status, result.failure_reason or "Training failed"))
        self._records.change(
            record,
            TrainingJobStatus=result.status,
            FailureReason=result.failure_reason,
            ModelArtifacts={"S3ModelArtifacts": artifacts} if artifacts else None,
            FinalMetricDataList=result.metrics or None,
            TrainingEndTime=ended,
            TrainingTimeInSeconds=max(1, round(seconds)),
            BillableTimeInSeconds=max(1, round(seconds)),
        )
        self._changes.tell(record)

    def _fail(self, record: Record, reason: str) -> None:
        self._enter(record, "Failed", reason)
        self._records.change(record, TrainingJobStatus="Failed", FailureReason=reason, TrainingEndTime=time.time())
        self._changes.tell(record)

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail that were running when the emulator ended; returns a sentence for each."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind == "TrainingJob" and record.outcome.get("TrainingJobStatus") in RUNNING:
                self._fail(record, reason)
                said.append(f"training job {record.request['TrainingJobName']} was running: {reason}")
        return said
