"""One execution: what was captured in its window, given to a processing job."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client, list_keys, read_object, split_uri
from emulator.images.store import ImageStore
from emulator.jobs.monitoring.definition import JOB_NAMES, NAMESPACES, MonitoringDefinition
from emulator.jobs.monitoring.merge import merge, truths
from emulator.jobs.monitoring.times import folder_of, hours_between, written
from emulator.jobs.runners import Operation, shortened_reason
from emulator.ministack import in_process
from emulator.sagemaker.api.records import Record, Records

_ENDED = ("Completed", "Failed", "Stopped")
_POLL_SECONDS = 0.2
_MOST_FOLDERS = 7
"""A processing job has ten inputs, and a baseline two of them."""
_MANY = 1000
_WITH_VIOLATIONS = "CompletedWithViolations"
_NO_DATA = "Job inputs had no data"
_METRICS = "output/metrics/cloudwatch"


@dataclass(frozen=True)
class ExecutionResult:
    """How an execution ended.

    Args:
        status: Such as `CompletedWithViolations`.
        reason: Why it failed; empty otherwise.
    """

    status: str
    reason: str = ""


@dataclass(frozen=True)
class MonitoringExecution:
    """What one execution of a schedule looks at.

    Args:
        schedule: The schedule's record.
        definition: What its jobs do.
        destination: The S3 URI below which the endpoint captures.
        scheduled: When it was due.
        window: From when until when.
    """

    schedule: Record
    definition: MonitoringDefinition
    destination: str
    scheduled: float
    window: tuple[float, float]


class ExecutionRun:
    """Runs executions to their end.

    Args:
        records: Where processing jobs are kept.
        images: Images that were built here.
        s3: Reads what was captured.
        call: Calls an operation of the SageMaker API.
        folder: Below it, a folder for each processing job.
    """

    def __init__(self, records: Records, images: ImageStore, s3: S3Client, call: Operation, folder: Path) -> None:
        self._records = records
        self._images = images
        self._s3 = s3
        self._call = call
        self._folder = folder

    def run(self, execution: MonitoringExecution, started: Callable[[str], None]) -> ExecutionResult:
        """Run an execution in its account and region; `started` is told the ARN of the job that runs for it.

        Raises DataPlaneError for an execution that fails before its job.
        """
        definition = execution.definition
        image = str(definition.specification["ImageUri"])
        if self._images.find(image) is None:
            raise DataPlaneError(
                f"the emulator does not run {image}, as it was not built here. A DriftMonitor watches what an"
                ' endpoint captures, and so does a ModelMonitor with ModelImage.from_library("monitor")'
            )
        if definition.endpoint_input is None:
            raise DataPlaneError("the emulator does not monitor transform jobs, as they capture nothing here")
        files = self._captured(execution)
        if not files:
            return ExecutionResult("Failed", _NO_DATA)
        source = execution.destination
        results = f"{str(definition.output['S3Uri']).rstrip('/')}/{self._place(execution)}"
        if definition.truth:
            source = f"{results}/merge"
            self._merge(execution, files, source)
        name = self._name(execution)
        told = {
            "dataset_format": json.dumps(
                {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
            ),
            "sagemaker_endpoint_name": definition.endpoint,
            "sagemaker_monitoring_schedule_name": str(execution.schedule.request["MonitoringScheduleName"]),
            "start_time": written(execution.window[0]),
            "end_time": written(execution.window[1]),
        }
        read = {folder: f"{source}/{folder}" for folder in _folders([path for _, path in files])}
        arn = self._call("CreateProcessingJob", definition.request(name, read, results, told))["ProcessingJobArn"]
        return self._watched(execution, name, arn, started)

    def _watched(
        self, execution: MonitoringExecution, name: str, arn: str, started: Callable[[str], None]
    ) -> ExecutionResult:
        job = self._records.find("ProcessingJob", name)
        if job is None:
            return ExecutionResult("Failed", f"InternalServerError: the job {name} disappeared")
        self._records.change(job, MonitoringScheduleArn=execution.schedule.arn)
        started(arn)
        while job.outcome["ProcessingJobStatus"] not in _ENDED:
            time.sleep(_POLL_SECONDS)
        status = str(job.outcome["ProcessingJobStatus"])
        if status != "Completed":
            return ExecutionResult(status, str(job.outcome.get("FailureReason", "")))
        self._publish(execution.definition, name)
        uri = job.request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        return ExecutionResult(_WITH_VIOLATIONS if self._violated(uri, job) else status)

    def _captured(self, execution: MonitoringExecution) -> list[tuple[str, str]]:
        """The URI of each file of the window's hours, and its path below what all endpoints capture."""
        bucket, prefix = split_uri(execution.destination)
        below = f"{prefix.rstrip('/')}/{execution.definition.endpoint}/"
        hours = hours_between(*execution.window)
        found: list[tuple[str, str]] = []
        for key in list_keys(self._s3, bucket, below):
            path = key.removeprefix(below)
            if path.partition("/")[2].rpartition("/")[0] in hours:
                found.append((f"s3://{bucket}/{key}", f"{execution.definition.endpoint}/{path}"))
        return found

    def _merge(self, execution: MonitoringExecution, files: Sequence[tuple[str, str]], target: str) -> None:
        bucket, prefix = split_uri(execution.definition.truth)
        hours = hours_between(execution.window[0], max(execution.window[1], execution.scheduled))
        told = [
            f"s3://{bucket}/{key}"
            for key in list_keys(self._s3, bucket, f"{prefix}/")
            if key.removeprefix(f"{prefix}/").rpartition("/")[0] in hours
        ]
        if not told:
            raise DataPlaneError(f"no truth was collected below {execution.definition.truth} since the window began")
        if not merge(self._s3, files, execution.window, truths(self._s3, told), target):
            raise DataPlaneError("no truth has the inference id or event id of what was captured in the window")

    def _violated(self, results: str, job: Record) -> bool:
        if str(job.outcome.get("ExitMessage") or "").startswith(_WITH_VIOLATIONS):
            return True
        bucket, prefix = split_uri(results)
        file = f"{prefix.rstrip('/')}/constraint_violations.json"
        if file not in list(list_keys(self._s3, bucket, file)):
            return False
        found: Mapping[str, Any] = json.loads(read_object(self._s3, f"s3://{bucket}/{file}"))
        return bool(found.get("violations"))

    def _publish(self, definition: MonitoringDefinition, name: str) -> None:
        """Send the metrics that the container has left, in the namespace of its kind."""
        namespace = f"aws/sagemaker/Endpoints/{NAMESPACES[definition.type]}"
        left = sorted(each for each in (self._folder / name).rglob("*") if _METRICS in str(each) and each.is_file())
        data = [
            {**json.loads(line), "Timestamp": time.time()}
            for each in left
            for line in each.read_text().splitlines()
            if line.strip()
        ]
        for place in range(0, len(data), _MANY):
            request = {"Namespace": namespace, "MetricData": data[place : place + _MANY]}
            in_process.call("cloudwatch", "PutMetricData", request)

    @staticmethod
    def _place(execution: MonitoringExecution) -> str:
        schedule = execution.schedule.request["MonitoringScheduleName"]
        return f"{execution.definition.endpoint}/{schedule}/{folder_of(execution.scheduled)}"

    @staticmethod
    def _name(execution: MonitoringExecution) -> str:
        due = datetime.fromtimestamp(execution.scheduled, UTC)
        return f"{JOB_NAMES[execution.definition.type]}-{due:%Y%m%d%H%M}-{uuid.uuid4().hex[:12]}"


def _folders(paths: Sequence[str]) -> list[str]:
    """The folders that hold files at these paths: of hours, or of days, months … where there are too many."""
    folders = sorted({path.rpartition("/")[0] for path in paths})
    while len(folders) > _MOST_FOLDERS:
        folders = sorted({folder.rpartition("/")[0] for folder in folders})
    return folders


def failed(error: DataPlaneError) -> ExecutionResult:
    """The result of an execution that failed before its job."""
    return ExecutionResult("Failed", shortened_reason(f"ClientError: {error}"))
