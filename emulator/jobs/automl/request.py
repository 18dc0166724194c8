"""What a request to Autopilot means for the twin, in both versions of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.images.store import ImageStore

_CONTAINERS = Path(__file__).parents[3] / "containers"

METRICS: Mapping[str, str] = {
    "AUC": "auc",
    "Accuracy": "accuracy",
    "F1": "f1",
    "F1macro": "f1macro",
    "R2": "r2",
    "RMSE": "rmse",
    "MSE": "mse",
    "MAE": "mae",
}
OBJECTIVES: Mapping[str, str] = {
    "BinaryClassification": "binary",
    "MulticlassClassification": "multiclass",
    "Regression": "regression",
}
_CANDIDATES = 10
_SECONDS = 600
_FINISHING_SECONDS = 3_600
_CSV = ("", "text/csv;header=present", "text/csv; header=present")


@dataclass(frozen=True)
class TwinSearch:
    """A search as the twin runs it; `output` is the prefix of everything that the job leaves."""

    role: str
    output: Mapping[str, Any]
    channels: Sequence[Mapping[str, Any]]
    hyperparameters: Mapping[str, str]

    def training(self, image: str) -> dict[str, Any]:
        """The CreateTrainingJob request, without a name."""
        seconds = int(self.hyperparameters["max_runtime_seconds"])
        return {
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "ContainerArguments": ["automl"],
            },
            "InputDataConfig": [*self.channels],
            "OutputDataConfig": dict(self.output),
            "HyperParameters": dict(self.hyperparameters),
            "ResourceConfig": {"InstanceType": "ml.m5.4xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds + _FINISHING_SECONDS},
        }


def twin_image(images: ImageStore, account: str, region: str) -> str:
    """The URI of the tabular image under a name of the emulator's, built when it is first needed.

    Raises ImageBuildError.
    """
    uri = f"{account}.dkr.ecr.{region}.amazonaws.com/emulator/autopilot:tabular"
    if images.find(uri) is None:
        contexts = {name: _CONTAINERS / name for name in ("serving", "jobs")}
        images.build(_CONTAINERS / "tabular", Path("Dockerfile"), [uri], contexts=contexts)
        images.push(uri)
    return uri


def search_of(request: Mapping[str, Any]) -> TwinSearch:
    """The search of a request of either version. Raises DataPlaneError with everything that the twin cannot do."""
    second = "AutoMLProblemTypeConfig" in request
    if second:
        ((problem, config),) = request["AutoMLProblemTypeConfig"].items()
        if problem != "TabularJobConfig":
            kind = problem.removesuffix("JobConfig")
            raise DataPlaneError(
                f"The emulator's Autopilot searches models of tables only: there is nothing that could do the work of"
                f" {kind}."
            )
        channels, given = request["AutoMLJobInputDataConfig"], config
        label = config["TargetAttributeName"]
        split = request.get("DataSplitConfig")
        features = config.get("FeatureSpecificationS3Uri")
        weights = config.get("SampleWeightAttributeName")
    else:
        channels, config = request["InputDataConfig"], request.get("AutoMLJobConfig", {})
        given = {**config, **{name: request[name] for name in ("ProblemType",) if name in request}}
        given["GenerateCandidateDefinitionsOnly"] = request.get("GenerateCandidateDefinitionsOnly")
        label = channels[0]["TargetAttributeName"]
        split = config.get("DataSplitConfig")
        features = config.get("CandidateGenerationConfig", {}).get("FeatureSpecificationS3Uri")
        weights = next(
            (each["SampleWeightAttributeName"] for each in channels if "SampleWeightAttributeName" in each), None
        )
    metric = request.get("AutoMLJobObjective", {}).get("MetricName")
    refused = {
        "ModelDeployConfig": bool(request.get("ModelDeployConfig")),
        "GenerateCandidateDefinitionsOnly": bool(given.get("GenerateCandidateDefinitionsOnly")),
        "FeatureSpecificationS3Uri": bool(features),
        "SampleWeightAttributeName": bool(weights),
        f"the metric {metric}": metric is not None and metric not in METRICS,
        **{name: True for each in channels for name in _unread(each)},
    }
    unable = [name for name, is_so in refused.items() if is_so]
    if unable:
        raise DataPlaneError(f"The emulator's Autopilot does not support {', '.join(unable)}.")
    limits = given.get("CompletionCriteria", {})
    chosen = {
        "label": label,
        "objective": OBJECTIVES.get(given.get("ProblemType", ""), ""),
        "metric": METRICS.get(metric or "", ""),
        "max_candidates": str(limits.get("MaxCandidates", _CANDIDATES)),
        "max_runtime_seconds": str(limits.get("MaxAutoMLJobRuntimeInSeconds", _SECONDS)),
        "held_out_fraction": str(split["ValidationFraction"]) if split and "ValidationFraction" in split else "",
    }
    output = dict(request["OutputDataConfig"])
    output["S3OutputPath"] = f"{output['S3OutputPath'].rstrip('/')}/{request['AutoMLJobName']}"
    return TwinSearch(
        request["RoleArn"],
        output,
        [_channel(each) for each in channels],
        {name: value for name, value in chosen.items() if value},
    )


def _unread(channel: Mapping[str, Any]) -> list[str]:
    kind = channel.get("ContentType", "")
    found = [] if kind in _CSV else [f"the content type {kind}"]
    if channel.get("CompressionType", "None") != "None":
        found.append(f"the compression {channel['CompressionType']}")
    source = channel.get("DataSource", {}).get("S3DataSource", {})
    if source.get("S3DataType") != "S3Prefix":
        found.append(f"data of the type {source.get('S3DataType')}")
    return found


def _channel(channel: Mapping[str, Any]) -> dict[str, Any]:
    name = "validation" if channel.get("ChannelType") == "validation" else "train"
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": channel["DataSource"]}
