"""Jobs: training and batch transform run for real; every other kind is validated, then fails and says why."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.errors import ServiceError
from emulator.sagemaker.data_plane import Trained, Training, Transform, in_background
from emulator.sagemaker.kinds import kinds
from emulator.sagemaker.parts import containers_of
from emulator.sagemaker.records import Record, Records
from emulator.sagemaker.state_changes import StateChanges
from emulator.service_model import members_of, service_model

logger = logging.getLogger("emulator.jobs")

_RUNNING = ("InProgress", "Stopping")
_MOST_PAYLOAD_MEGABYTES = 100


def _refuse_stop(record: Record) -> None:
    status = record.outcome[kinds()[record.kind].status_member]
    raise ServiceError(
        "ValidationException",
        f"The request was rejected because the {kinds()[record.kind].label} is in status {status}.",
    )


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
        _refuse_stop(record)

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
        if record.outcome["TrainingJobStatus"] not in _RUNNING:
            _refuse_stop(record)
        self._records.change(record, TrainingJobStatus="Stopping")
        self._enter(record, "Stopping", "Stopping the training job")
        in_background(lambda: self._training().stop(str(record.request["TrainingJobName"])), "stop-training-job")

    def deleted(self, record: Record) -> bool:
        """Refuse while the job runs."""
        if record.outcome["TrainingJobStatus"] in _RUNNING:
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
            if record.kind == "TrainingJob" and record.outcome.get("TrainingJobStatus") in _RUNNING:
                self._fail(record, reason)
                said.append(f"training job {record.request['TrainingJobName']} was running: {reason}")
        return said


class TransformJobs:
    """Behaviour of the kind `TransformJob`.

    Args:
        records: Where jobs and models are kept.
        transform: Gives the data plane; called on first use, as it needs the running emulator.
        changes: Told when a job has started and when it has ended.
    """

    def __init__(self, records: Records, transform: Callable[[], Transform], changes: StateChanges) -> None:
        self._records = records
        self._transform = transform
        self._changes = changes

    def created(self, record: Record) -> None:
        """Start the job in the background. Raises ServiceError for payloads over 100 MB in all."""
        megabytes = record.request.get("MaxPayloadInMB", 0)
        concurrency = record.request.get("MaxConcurrentTransforms", 0) or 1
        if megabytes * concurrency > _MOST_PAYLOAD_MEGABYTES:
            raise ServiceError(
                "ValidationException",
                f"MaxPayloadInMB ({megabytes}) times MaxConcurrentTransforms ({concurrency}) must not exceed "
                f"{_MOST_PAYLOAD_MEGABYTES} MB.",
            )
        model = self._records.find("Model", str(record.request["ModelName"]))
        # Taken now: the model may be deleted once the job has started.
        container = {**model.request, "Containers": containers_of(model)} if model else {}
        self._records.change(record, TransformJobStatus="InProgress")
        in_background(lambda: self._run(record, container), "transform-job")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Transform jobs have no Update call."""

    def stopped(self, record: Record) -> None:
        """Ask the job to end; it is Stopping until it has."""
        if record.outcome["TransformJobStatus"] not in _RUNNING:
            _refuse_stop(record)
        self._records.change(record, TransformJobStatus="Stopping")
        in_background(lambda: self._transform().stop(str(record.request["TransformJobName"])), "stop-transform-job")

    def deleted(self, record: Record) -> bool:
        """Transform jobs have no Delete call."""
        del record
        return True

    def _run(self, record: Record, model: Mapping[str, Any]) -> None:
        self._records.change(record, TransformStartTime=time.time())
        self._changes.tell(record)
        try:
            result = self._transform().run(dict(record.request), model)
        except Exception as error:
            logger.exception("transform job %s", record.key)
            self._end(record, "Failed", f"InternalServerError: {error}")
            return
        self._end(record, result.status, result.failure_reason)

    def _end(self, record: Record, status: str, reason: str | None) -> None:
        self._records.change(record, TransformJobStatus=status, FailureReason=reason, TransformEndTime=time.time())
        self._changes.tell(record)

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail that were running when the emulator ended; returns a sentence for each."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind == "TransformJob" and record.outcome.get("TransformJobStatus") in _RUNNING:
                self._end(record, "Failed", reason)
                said.append(f"transform job {record.request['TransformJobName']} was running: {reason}")
        return said
