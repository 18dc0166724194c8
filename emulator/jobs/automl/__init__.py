"""Autopilot jobs: the search of the tabular image, as a training job."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.coverage import Coverage
from emulator.images.store import ImageBuildError
from emulator.jobs.automl.request import TwinSearch, search_of, twin_image
from emulator.jobs.automl.results import Finding, found_by
from emulator.jobs.runners import JobResult, JobRunner, Work, Workshop, reason_of
from emulator.jobs.running_jobs import RunningJob, RunningJobs
from emulator.sagemaker.api.records import Record
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page

COVERAGE = (
    Coverage(
        "Autopilot",
        real="tables (CSV of numbers), of both versions of the API and as pipeline steps, by AutoTabular of"
        " `containers/tabular` in a training job: candidates, leaderboard, best candidate with its container,"
        " explainability, limits, stop",
        recorded="mode, algorithms, VPC, compute configuration",
        refused="images, text, series, text generation, deployment of the winner, sample weights, feature"
        " specifications, Parquet, manifests: the job fails with the reason",
    ),
)

KINDS = ("AutoMLJob", "AutoMLJobV2")
_NAME = "AutoMLJobName"
_STATUS = "AutoMLJobStatus"
_POLL_SECONDS = 0.1
_ENDED = ("Completed", "Failed", "Stopped")


class Runner(JobRunner):
    """Runs jobs of the kinds `AutoMLJob` and `AutoMLJobV2`, which share their names."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._records = workshop.records
        self._jobs: RunningJobs[RunningJob] = RunningJobs()

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """What both kinds share."""
        return {
            "ListAutoMLJobs": self._list,
            "ListCandidatesForAutoMLJob": self._candidates,
            "StopAutoMLJob": self._stop,
        }

    def work_of(self, record: Record) -> Work:
        """Search. Raises ServiceError when a job of the other version has the name."""
        name = record.request[_NAME]
        if sum(self._records.find(kind, name) is not None for kind in KINDS) > 1:
            raise ServiceError("ResourceInUse", f"AutoML job already exists: {name}")
        self._records.change(record, AutoMLJobSecondaryStatus="Starting")
        return lambda: self._run(record)

    def stop(self, name: str) -> None:
        """Ask the search to end."""
        self._jobs.stop(name)

    def _run(self, record: Record) -> JobResult:
        job = RunningJob()
        with self._jobs.under_way(record.request[_NAME], job):
            try:
                result = self._search(record, search_of(record.request), job)
            except (DataPlaneError, ImageBuildError) as error:
                result = JobResult(status="Failed", failure_reason=str(error))
            except Exception as error:
                result = JobResult(status="Failed", failure_reason=reason_of(error))
        secondary = {"Completed": "Completed", "Stopped": "Stopped"}.get(result.status, "Failed")
        self._records.change(record, AutoMLJobSecondaryStatus=secondary)
        return result

    def _search(self, record: Record, search: TwinSearch, job: RunningJob) -> JobResult:
        name = f"{record.request[_NAME]}-{secrets.token_hex(5)}"
        image = twin_image(self._workshop.images, record.account, record.region)
        self._workshop.call("CreateTrainingJob", {"TrainingJobName": name, **search.training(image)})
        self._records.change(record, AutoMLJobSecondaryStatus="TrainingModels")
        training = self._ended(name, job)
        if training["TrainingJobStatus"] == "Failed":
            return JobResult(status="Failed", failure_reason=training.get("FailureReason"))
        artifacts = training.get("ModelArtifacts", {}).get("S3ModelArtifacts")
        if artifacts is None:
            return JobResult(status="Stopped")
        folder = self._workshop.state / "automl" / name
        finding = Finding(record.request[_NAME], search, name, training["TrainingJobArn"], image, artifacts)
        candidates, resolved = found_by(finding, self._workshop.s3, folder, started=training["CreationTime"])
        self._records.change(
            record,
            Candidates=candidates,
            BestCandidate=candidates[0],
            ResolvedAttributes=resolved,
            AutoMLProblemTypeConfigName="Tabular" if record.kind == "AutoMLJobV2" else None,
        )
        return JobResult(status="Stopped" if job.stop_requested else "Completed")

    def _ended(self, name: str, job: RunningJob) -> Mapping[str, Any]:
        stopping = False
        while True:
            found = self._records.find("TrainingJob", name)
            if found is None:
                raise DataPlaneError(f"the training job {name} is gone")
            if found.outcome["TrainingJobStatus"] in _ENDED:
                return {**found.outcome, "TrainingJobArn": found.arn, "CreationTime": found.created}
            if job.stop_requested and not stopping:
                stopping = True
                try:
                    self._workshop.call("StopTrainingJob", {"TrainingJobName": name})
                except ServiceError:
                    # It has just ended by itself.
                    continue
            time.sleep(_POLL_SECONDS)

    def _job(self, name: str) -> Record:
        for kind in KINDS:
            found = self._records.find(kind, name)
            if found:
                return found
        raise ServiceError("ResourceNotFound", f"Amazon SageMaker can't find an AutoML job called {name}.")

    def _stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        record = self._job(request[_NAME])
        if record.outcome[_STATUS] != "InProgress":
            status = record.outcome[_STATUS]
            raise ServiceError("ValidationException", f"The AutoML job is in status {status}.")
        self._records.change(record, AutoMLJobStatus="Stopping", AutoMLJobSecondaryStatus="Stopping")
        self.stop(record.request[_NAME])
        return {}

    def _candidates(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found: list[dict[str, Any]] = self._job(request[_NAME]).outcome.get("Candidates", [])
        by = request.get("SortBy", "CreationTime")
        rows = [
            (_order(each, number, by), each)
            for number, each in enumerate(found)
            if request.get("StatusEquals") in (None, each["CandidateStatus"])
            and request.get("CandidateNameEquals") in (None, each["CandidateName"])
        ]
        rows.sort(key=lambda row: row[0], reverse=request.get("SortOrder") == "Descending")
        shown, token = page(rows, request)
        return {"Candidates": shown, **({"NextToken": token} if token else {})}

    def _list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        records = [record for kind in KINDS for record in self._records.of_kind(kind)]
        rows = [([*_place(record, request), record.key], record) for record in records if _fits(record, request)]
        rows.sort(key=lambda row: row[0], reverse=request.get("SortOrder", "Descending") == "Descending")
        shown, token = page(rows, request)
        return {
            "AutoMLJobSummaries": [_summary(each) for each in shown],
            **({"NextToken": token} if token else {}),
        }


def _order(candidate: Mapping[str, Any], number: int, by: str) -> list[Any]:
    keys: dict[str, Any] = {
        "CreationTime": candidate["CreationTime"],
        "Status": candidate["CandidateStatus"],
        "FinalObjectiveMetricValue": candidate["FinalAutoMLJobObjectiveMetric"]["Value"],
    }
    return [keys[by], number]


def _place(record: Record, request: Mapping[str, Any]) -> list[Any]:
    by = request.get("SortBy", "CreationTime")
    keys: dict[str, Any] = {"Name": record.key, "Status": record.outcome[_STATUS], "CreationTime": record.created}
    return [keys[by]]


def _fits(record: Record, request: Mapping[str, Any]) -> bool:
    return (
        request.get("NameContains", "").lower() in record.key
        and request.get("StatusEquals") in (None, record.outcome[_STATUS])
        and float(request.get("CreationTimeAfter", 0)) <= record.created
        and record.created <= float(request.get("CreationTimeBefore", float("inf")))
        and float(request.get("LastModifiedTimeAfter", 0)) <= record.modified
        and record.modified <= float(request.get("LastModifiedTimeBefore", float("inf")))
    )


def _summary(record: Record) -> dict[str, Any]:
    members = ("AutoMLJobStatus", "AutoMLJobSecondaryStatus", "EndTime", "FailureReason")
    return {
        _NAME: record.request[_NAME],
        "AutoMLJobArn": record.arn,
        "CreationTime": record.created,
        "LastModifiedTime": record.modified,
        **{name: record.outcome[name] for name in members if name in record.outcome},
    }
