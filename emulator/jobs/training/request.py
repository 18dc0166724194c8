"""What a CreateTrainingJob request means for its container."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.program import JobProgram
from emulator.jobs.table import job_rows

_GROUP = "homogeneousCluster"


def check_request(request: dict[str, Any]) -> None:
    """Refuse what would not run here as it does on AWS. Raises DataPlaneError naming every such member."""
    found: list[str] = []
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        found.append("AlgorithmSpecification.AlgorithmName (only a TrainingImage of this project runs here)")
    if "InstanceGroups" in request["ResourceConfig"]:
        found.append("ResourceConfig with InstanceGroups")
    if request["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        found.append("OutputDataConfig.CompressionType NONE")
    for position, channel in enumerate(request.get("InputDataConfig", [])):
        place = f"InputDataConfig[{position}]"
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            found.append(f"{place}.DataSource other than S3DataSource")
        elif source["S3DataType"] not in ("S3Prefix", "ManifestFile", "AugmentedManifestFile"):
            found.append(f"{place} with S3DataType {source['S3DataType']}")
    for definition in algorithm.get("MetricDefinitions", []):
        try:
            re.compile(definition["Regex"])
        except re.error as error:
            found.append(f"the regular expression of metric {definition['Name']} ({error})")
    if request.get("DebugRuleConfigurations"):
        found.append("DebugRuleConfigurations (there is no evaluator image; a TrainingWatch runs)")
    if request.get("DebugHookConfig"):
        found.append("DebugHookConfig (the images of this project have no hook that saves tensors)")
    if request.get("ProfilerRuleConfigurations"):
        found.append("ProfilerRuleConfigurations (there is no evaluator image)")
    found += program_of(request).problems()
    if found:
        raise DataPlaneError(f"the emulator does not run: {'; '.join(found)}")


def program_of(request: dict[str, Any]) -> JobProgram:
    """What the job runs: `train` of the image, unless it names an entry point or arguments of its own.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
    """
    algorithm = request["AlgorithmSpecification"]
    entrypoint: Sequence[str] = algorithm.get("ContainerEntrypoint") or ()
    arguments: Sequence[str] = algorithm.get("ContainerArguments") or ()
    return JobProgram(entrypoint, arguments or (() if entrypoint else ("train",)))


def write_configuration(request: dict[str, Any], base: Path, hosts: Sequence[str], host: str) -> None:
    """Write hyperparameters.json, inputdataconfig.json and resourceconfig.json below `input/config`."""
    algorithm_mode = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", algorithm_mode),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
        for channel in request.get("InputDataConfig", [])
    }
    instance_type = request["ResourceConfig"].get("InstanceType", "ml.m5.large")
    group = {"instance_group_name": _GROUP, "instance_type": instance_type, "hosts": list(hosts)}
    resources = {
        "current_host": host,
        "current_instance_type": instance_type,
        "current_group_name": _GROUP,
        "hosts": list(hosts),
        "instance_groups": [group],
        "network_interface_name": "lo",
    }
    written = {
        "hyperparameters": request.get("HyperParameters", {}),
        "inputdataconfig": channels,
        "resourceconfig": resources,
    }
    for name, content in written.items():
        (base / "input" / "config" / f"{name}.json").write_text(json.dumps(content, indent=2))


def container_environment(request: dict[str, Any], region: str) -> dict[str, str]:
    """The job's own variables and those that SageMaker adds."""
    name = request["TrainingJobName"]
    # The request has no account; the role's is the one that the job runs in.
    account = request["RoleArn"].split(":")[4] if request["RoleArn"].count(":") >= 5 else ""
    return {
        **request.get("Environment", {}),
        "TRAINING_JOB_NAME": name,
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:{region}:{account}:{job_rows()['TrainingJob'].resource}/{name}",
    }
