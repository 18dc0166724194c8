"""What a CreateTrainingJob request means for its container."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.jobs.cluster import host_names
from emulator.jobs.program import JobProgram
from emulator.jobs.table import job_rows

_GROUP = "homogeneousCluster"


def check_request(request: dict[str, Any]) -> None:
    """Refuse what would not run here as it does on AWS. Raises DataPlaneError naming every such member."""
    found: list[str] = []
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        found.append("AlgorithmSpecification.AlgorithmName (only a TrainingImage of this project runs here)")
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
    # Without collections, as version 2 of the SDK writes it, it asks nothing of an image that has no hook.
    hook: Mapping[str, Any] = request.get("DebugHookConfig") or {}
    if hook.get("CollectionConfigurations"):
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


@dataclass(frozen=True)
class MachineGroup:
    """Machines of one type.

    Args:
        name: InstanceGroupName, or what SageMaker calls the machines of a job without groups.
        instance_type: InstanceType.
        hosts: Their names.
    """

    name: str
    instance_type: str
    hosts: tuple[str, ...]


def machine_groups(request: Mapping[str, Any]) -> tuple[MachineGroup, ...]:
    """The machines of a job, by group."""
    resources = request["ResourceConfig"]
    alone: Mapping[str, Any] = {
        "InstanceGroupName": _GROUP,
        "InstanceType": resources.get("InstanceType", "ml.m5.large"),
        "InstanceCount": resources.get("InstanceCount", 1),
    }
    groups: Sequence[Mapping[str, Any]] = resources.get("InstanceGroups") or [alone]
    hosts = iter(host_names(sum(group["InstanceCount"] for group in groups)))
    return tuple(
        MachineGroup(group["InstanceGroupName"], group["InstanceType"], tuple(islice(hosts, group["InstanceCount"])))
        for group in groups
    )


def channels_of(request: Mapping[str, Any], group: MachineGroup) -> list[Mapping[str, Any]]:
    """The channels that machines of a group get."""
    given: Sequence[Mapping[str, Any]] = request.get("InputDataConfig", [])
    return [each for each in given if group.name in (_groups_of(each) or (group.name,))]


def readers_of(channel: Mapping[str, Any], groups: Sequence[MachineGroup]) -> list[str]:
    """The machines that get a channel."""
    named = _groups_of(channel)
    return [host for group in groups if not named or group.name in named for host in group.hosts]


def _groups_of(channel: Mapping[str, Any]) -> Sequence[str]:
    return channel["DataSource"]["S3DataSource"].get("InstanceGroupNames") or ()


def write_configuration(request: dict[str, Any], base: Path, groups: Sequence[MachineGroup], host: str) -> None:
    """Write hyperparameters.json, inputdataconfig.json and resourceconfig.json below `input/config`."""
    algorithm_mode = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    own = next(group for group in groups if host in group.hosts)
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": channel.get("InputMode", algorithm_mode),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
        for channel in channels_of(request, own)
    }
    resources = {
        "current_host": host,
        "current_instance_type": own.instance_type,
        "current_group_name": own.name,
        "hosts": [each for group in groups for each in group.hosts],
        "instance_groups": [
            {"instance_group_name": each.name, "instance_type": each.instance_type, "hosts": list(each.hosts)}
            for each in groups
        ],
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
