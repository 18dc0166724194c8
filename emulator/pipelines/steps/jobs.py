"""Steps that are a job: started under a name of the pipeline's, waited for, stopped with the execution."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.pipelines.attempts import (
    CAPACITY_ERROR,
    INTERNAL_ERROR,
    Attempt,
    StepEnd,
    StepRunner,
    failed,
    refused,
)
from emulator.shapes.errors import ServiceError

_POLL_SECONDS = 0.05
_SHORTEST_STEP = 8
_BY_REASON = {"InternalServerError": INTERNAL_ERROR, "CapacityError": CAPACITY_ERROR}


@dataclass(frozen=True)
class JobSteps(StepRunner):
    """Steps of a type.

    Args:
        kind: The kind of job, as in `Create<kind>`.
        shown_as: The member of the step's metadata.
        name_length: How long a name of the kind may be.
        deaf_to: Exceptions of retry policies that the type ignores.
    """

    kind: str
    shown_as: str
    name_length: int = 63
    deaf_to: frozenset[str] = frozenset()

    def run(self, attempt: Attempt) -> StepEnd:
        """Start the job and wait for it."""
        call, name = attempt.services.sagemaker, self._name(attempt)
        try:
            made = call(f"Create{self.kind}", {**attempt.arguments, f"{self.kind}Name": name})
        except ServiceError as error:
            return refused(f"sagemaker:Create{self.kind}", error)
        attempt.tell({self.shown_as: {"Arn": made[f"{self.kind}Arn"]}})
        job = self._ended(attempt, name)
        status = job[f"{self.kind}Status"]
        if status == "Failed":
            reason = str(job.get("FailureReason", ""))
            exception = _BY_REASON.get(reason.partition(":")[0], "")
            return failed(reason, "" if exception in self.deaf_to else exception)
        return StepEnd(status="Stopped" if status == "Stopped" else "Succeeded", result=self._result(attempt, job))

    def _name(self, attempt: Attempt) -> str:
        random = secrets.token_hex(5)
        name = f"pipelines-{attempt.execution_id}-{attempt.name}-{random}".replace("_", "-")
        if len(name) <= self.name_length:
            return name
        room = self.name_length - len(f"pipelines-{attempt.execution_id}--{random}")
        if room >= _SHORTEST_STEP:
            return f"pipelines-{attempt.execution_id}-{attempt.name[:room]}-{random}".replace("_", "-")
        short = attempt.name[:_SHORTEST_STEP].replace("_", "-").strip("-")
        return f"{attempt.execution_id}-{short}-{random}"[: self.name_length]

    def _ended(self, attempt: Attempt, name: str) -> dict[str, Any]:
        call, stopped = attempt.services.sagemaker, False
        while True:
            job = call(f"Describe{self.kind}", {f"{self.kind}Name": name})
            if job[f"{self.kind}Status"] not in ("InProgress", "Stopping"):
                return job
            if attempt.stop.is_set() and not stopped:
                stopped = True
                try:
                    call(f"Stop{self.kind}", {f"{self.kind}Name": name})
                except ServiceError:
                    # It has just ended by itself.
                    continue
            time.sleep(_POLL_SECONDS)

    def _result(self, attempt: Attempt, job: Mapping[str, Any]) -> Mapping[str, Any]:
        """What references to the step stand for."""
        del attempt
        return job


class ProcessingSteps(JobSteps):
    """Processing steps, whose property files later steps read."""

    def _result(self, attempt: Attempt, job: Mapping[str, Any]) -> Mapping[str, Any]:
        outputs: Mapping[str, str] = {
            each["OutputName"]: each["S3Output"]["S3Uri"]
            for each in job.get("ProcessingOutputConfig", {}).get("Outputs", [])
            if "S3Output" in each
        }
        declared: list[Mapping[str, str]] = attempt.body.get("PropertyFiles") or []
        files = {
            each["PropertyFileName"]: f"{outputs[each['OutputName']].rstrip('/')}/{each['FilePath']}"
            for each in declared
            if each["OutputName"] in outputs
        }
        return {**job, "PropertyFiles": files}


class TuningSteps(JobSteps):
    """Tuning steps, whose training jobs later steps name from the best one on."""

    def _result(self, attempt: Attempt, job: Mapping[str, Any]) -> Mapping[str, Any]:
        config: Mapping[str, Any] = job["HyperParameterTuningJobConfig"]
        objective: Mapping[str, str] = config.get("HyperParameterTuningJobObjective") or {}
        trained = attempt.services.sagemaker(
            "ListTrainingJobsForHyperParameterTuningJob",
            {
                f"{self.kind}Name": job[f"{self.kind}Name"],
                "SortBy": "FinalObjectiveMetricValue",
                "SortOrder": "Ascending" if objective.get("Type") == "Minimize" else "Descending",
                "StatusEquals": "Completed",
                "MaxResults": 50,
            },
        )
        return {**job, "TrainingJobSummaries": trained["TrainingJobSummaries"]}


class AutoMLSteps(JobSteps):
    """Autopilot's steps, whose reports later steps find beside the best candidate."""

    def _result(self, attempt: Attempt, job: Mapping[str, Any]) -> Mapping[str, Any]:
        del attempt
        properties: Mapping[str, Any] = job.get("BestCandidate", {}).get("CandidateProperties", {})
        places: Mapping[str, str] = properties.get("CandidateArtifactLocations", {})
        reports = {
            "ModelInsightsJsonReportPath": ("ModelInsights", "metrics.json"),
            "ExplainabilityJsonReportPath": ("Explainability", "analysis.json"),
        }
        found = {name: f"{places[kind]}/{file}" for name, (kind, file) in reports.items() if kind in places}
        return {**job, "BestCandidateProperties": found}
