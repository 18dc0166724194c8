"""What a search of the twin has found, as Autopilot tells it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.containers.objects import S3Client, download_object, unpack_archive, upload_file
from emulator.jobs.automl.request import METRICS, OBJECTIVES, TwinSearch

_METRICS = {ours: theirs for theirs, ours in METRICS.items()}
_PROBLEMS = {ours: theirs for theirs, ours in OBJECTIVES.items()}
_STATUSES = {"Completed": "Completed", "Pruned": "Stopped"}
_READ = {
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
    "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
    "SAGEMAKER_INFERENCE_SUPPORTED": "predicted_label",
    "SAGEMAKER_PROGRAM": "sagemaker_serve",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
}
"""Variables of Autopilot's container, which pipelines hand on by name; the image of the twin reads none of them."""
_INSIGHTS = ("metrics.json", "leaderboard.json", "leaderboard.csv", "report.html")


@dataclass(frozen=True)
class Finding:
    """A search that has ended, and the training job that it was."""

    job: str
    search: TwinSearch
    training: str
    arn: str
    image: str
    model: str


def found_by(
    finding: Finding, s3: S3Client, folder: Path, *, started: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The candidates, the best one first, and the attributes that the search has resolved.

    Its reports are copied to where Autopilot has its own. Raises DataPlaneError.
    """
    root = finding.search.output["S3OutputPath"]
    archive = folder / "output.tar.gz"
    try:
        download_object(s3, f"{root}/{finding.training}/output/output.tar.gz", archive)
        unpack_archive(archive, folder / "output")
        board: dict[str, Any] = json.loads((folder / "output" / "leaderboard.json").read_text())
        best = board["candidates"][0]["name"]
        explained = f"{root}/documentation/explainability/output/{best}"
        insights = f"{root}/documentation/model_monitor/output/{best}"
        notebook = f"{root}/notebooks/{best}.ipynb"
        upload_file(s3, folder / "output" / "explainability.json", f"{explained}/analysis.json")
        upload_file(s3, folder / "output" / "winner.ipynb", notebook)
        for name in _INSIGHTS:
            upload_file(s3, folder / "output" / name, f"{insights}/{name}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    candidates = [_candidate(finding, board, each, started) for each in board["candidates"]]
    container = {"Image": finding.image, "ModelDataUrl": finding.model, "Environment": {"MODEL_NAME": best, **_READ}}
    candidates[0] |= {
        "InferenceContainers": [container],
        "CandidateProperties": {
            "CandidateArtifactLocations": {"Explainability": explained, "ModelInsights": insights}
        },
    }
    metric, problem = _METRICS[board["metric"]], _PROBLEMS[board["objective"]]
    resolved = {
        "AutoMLJobObjective": {"MetricName": metric},
        "ProblemType": problem,
        "AutoMLProblemTypeResolvedAttributes": {"TabularResolvedAttributes": {"ProblemType": problem}},
        "CompletionCriteria": {
            "MaxCandidates": int(finding.search.hyperparameters["max_candidates"]),
            "MaxAutoMLJobRuntimeInSeconds": int(finding.search.hyperparameters["max_runtime_seconds"]),
        },
    }
    return candidates, resolved


def _candidate(finding: Finding, board: dict[str, Any], found: dict[str, Any], started: float) -> dict[str, Any]:
    # The search tries one after the other; their names end with the turn.
    earlier = sum(each["seconds"] for each in board["candidates"] if _turn(each) < _turn(found))
    ended = started + earlier + found["seconds"]
    metric = _METRICS[board["metric"]]
    step = {
        "CandidateStepType": "AWS::SageMaker::TrainingJob",
        "CandidateStepArn": finding.arn,
        "CandidateStepName": finding.training,
    }
    return {
        "CandidateName": found["name"],
        "FinalAutoMLJobObjectiveMetric": {
            "MetricName": metric,
            "StandardMetricName": metric,
            "Type": "Maximize" if board["maximize"] else "Minimize",
            "Value": found["score"],
        },
        "ObjectiveStatus": "Succeeded",
        "CandidateStatus": _STATUSES[found["status"]],
        "CandidateSteps": [step],
        "CreationTime": started + earlier,
        "EndTime": ended,
        "LastModifiedTime": ended,
    }


def _turn(found: dict[str, Any]) -> int:
    return int(found["name"].rpartition("-")[2])
