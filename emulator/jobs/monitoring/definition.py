"""What the jobs of a monitoring schedule do, whether the schedule says so itself or names a definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

NAMESPACES: Mapping[str, str] = {
    "DataQuality": "data-metrics",
    "ModelQuality": "model-metrics",
    "ModelBias": "bias-metrics",
    "ModelExplainability": "explainability-metrics",
}
"""What the namespaces of metrics end with."""
JOB_NAMES: Mapping[str, str] = {
    "DataQuality": "model-monitoring",
    "ModelQuality": "model-quality-monitoring",
    "ModelBias": "model-bias-monitoring",
    "ModelExplainability": "model-explainability-monitoring",
}
"""What names of jobs begin with."""
_BASELINE = "/opt/ml/processing/baseline"


@dataclass(frozen=True)
class MonitoringDefinition:
    """The definition of a schedule's jobs, in the form of one of the four kinds.

    Args:
        type: The kind, such as `DataQuality`.
        name: Its name; empty for one that the schedule has itself.
        given: Its request.
    """

    type: str
    name: str
    given: Mapping[str, Any]

    @property
    def specification(self) -> Mapping[str, Any]:
        """Image, program and variables."""
        return self.given[f"{self.type}AppSpecification"]

    @property
    def endpoint_input(self) -> Mapping[str, Any] | None:
        """What is read of an endpoint; None for transform jobs."""
        return self._input.get("EndpointInput")

    @property
    def endpoint(self) -> str:
        """The name of the endpoint; empty for transform jobs."""
        return str((self.endpoint_input or {}).get("EndpointName", ""))

    @property
    def truth(self) -> str:
        """Where truth lies; empty where there is none."""
        return str(self._input.get("GroundTruthS3Input", {}).get("S3Uri", "")).rstrip("/")

    @property
    def output(self) -> Mapping[str, Any]:
        """Where results go."""
        return self.given[f"{self.type}JobOutputConfig"]["MonitoringOutputs"][0]["S3Output"]

    @property
    def baseline(self) -> Mapping[str, str]:
        """S3 URIs of the files of the baseline, by the variable that names their place."""
        config: Mapping[str, Any] = self.given.get(f"{self.type}BaselineConfig") or {}
        named = {"baseline_constraints": "ConstraintsResource", "baseline_statistics": "StatisticsResource"}
        found = {name: config.get(member, {}).get("S3Uri") for name, member in named.items()}
        return {name: str(uri) for name, uri in found.items() if uri}

    def offsets(self) -> tuple[str, str]:
        """How far start and end of the window are moved."""
        given = self.endpoint_input or {}
        return str(given.get("StartTimeOffset", "")), str(given.get("EndTimeOffset", ""))

    def request(self, name: str, inputs: Mapping[str, str], results: str, told: Mapping[str, str]) -> dict[str, Any]:
        """The request of the processing job of an execution.

        Args:
            name: The job's.
            inputs: S3 URIs by the path below the folder of what was captured.
            results: S3 URI of the folder of results.
            told: Variables of this execution.
        """
        source = str((self.endpoint_input or {})["LocalPath"]).rstrip("/")
        read = {f"{source}/{path}": uri for path, uri in inputs.items()}
        variables = {"dataset_source": source, "output_path": str(self.output["LocalPath"]), **told}
        for variable, uri in self.baseline.items():
            folder = f"{_BASELINE}/{variable.removeprefix('baseline_')}"
            variables[variable] = f"{folder}/{uri.rpartition('/')[2]}"
            read[folder] = uri
        variables |= {"publish_cloudwatch_metrics": "Enabled", **self.specification.get("Environment", {})}
        program = ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
        output = {"S3Uri": results, "LocalPath": self.output["LocalPath"], "S3UploadMode": "EndOfJob"}
        whole = {
            "ProcessingJobName": name,
            "AppSpecification": {each: self.specification[each] for each in program if each in self.specification},
            "Environment": variables,
            "ProcessingInputs": [
                {
                    "InputName": f"input_{number}",
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": folder,
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for number, (folder, uri) in enumerate(read.items(), 1)
            ],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "monitoring_output", "S3Output": output}]},
            "ProcessingResources": {"ClusterConfig": self.given["JobResources"]["ClusterConfig"]},
            "NetworkConfig": self.given.get("NetworkConfig"),
            "StoppingCondition": self.given.get("StoppingCondition"),
            "RoleArn": self.given["RoleArn"],
        }
        return {member: value for member, value in whole.items() if value}

    @property
    def _input(self) -> Mapping[str, Any]:
        return self.given[f"{self.type}JobInput"]


def own_definition(given: Mapping[str, Any]) -> MonitoringDefinition:
    """The definition that a schedule has itself, which is of the quality of data."""
    specification = {
        **given["MonitoringAppSpecification"],
        **({"Environment": given["Environment"]} if "Environment" in given else {}),
    }
    same = ("NetworkConfig", "StoppingCondition", "RoleArn")
    request: dict[str, Any] = {
        "DataQualityAppSpecification": specification,
        "DataQualityBaselineConfig": given.get("BaselineConfig"),
        "DataQualityJobInput": cast("list[Any]", given["MonitoringInputs"])[0],
        "DataQualityJobOutputConfig": given["MonitoringOutputConfig"],
        "JobResources": given["MonitoringResources"],
        **{name: given[name] for name in same if name in given},
    }
    return MonitoringDefinition("DataQuality", "", request)
