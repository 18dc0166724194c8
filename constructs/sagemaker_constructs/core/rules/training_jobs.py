"""Training jobs: how their data comes, how long they may take, and keep their instances."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, indexed, rule
from sagemaker_constructs.core.tokens import is_token

_LONGEST_WARM_SECONDS = 3_600
_MOST_ATTRIBUTES = 16


@rule("CreateTrainingJob", f"{API}/API_StoppingCondition.html", read="2026-11-24")
def spot_training_waits_as_long_as_it_runs(call: Call) -> Iterator[Broken]:
    """MaxWaitTimeInSeconds of a managed Spot training job must be at least its MaxRuntimeInSeconds."""
    if not call.request.get("EnableManagedSpotTraining"):
        return
    limits: dict[str, Any] = call.request.get("StoppingCondition") or {}
    wait, runtime = limits.get("MaxWaitTimeInSeconds"), limits.get("MaxRuntimeInSeconds", 86_400)
    if is_token(wait) or is_token(runtime):
        return
    if wait is None or wait < runtime:
        yield "StoppingCondition.MaxWaitTimeInSeconds", wait


@rule("CreateTrainingJob", f"{API}/API_DebugRuleConfiguration.html", read="2026-11-29")
def debug_rules_have_names_of_their_own(call: Call) -> Iterator[Broken]:
    """RuleConfigurationName must be unique among the DebugRuleConfigurations of a training job."""
    seen: list[object] = []
    for path, each in indexed("DebugRuleConfigurations", call.request.get("DebugRuleConfigurations") or ()):
        name = each["RuleConfigurationName"]
        if not is_token(name) and name in seen:
            yield f"{path}.RuleConfigurationName", name
        seen.append(name)


@rule("CreateTrainingJob", f"{GUIDE}/train-warm-pools.html", read="2026-11-24")
def warm_pools_last_an_hour(call: Call) -> Iterator[Broken]:
    """KeepAlivePeriodInSeconds of a training job must be at most 3600."""
    resources: dict[str, Any] = call.request.get("ResourceConfig") or {}
    seconds = resources.get("KeepAlivePeriodInSeconds", 0)
    if not is_token(seconds) and seconds > _LONGEST_WARM_SECONDS:
        yield "ResourceConfig.KeepAlivePeriodInSeconds", seconds


def _channels(call: Call) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The path of each channel, the channel, and its source in S3, which is empty for that of a file system."""
    for path, channel in indexed("InputDataConfig", call.request.get("InputDataConfig") or ()):
        source: Mapping[str, Any] = channel.get("DataSource") or {}
        yield path, channel, source.get("S3DataSource") or {}


def _other_than_pipe(call: Call, channel: Mapping[str, Any]) -> str:
    """The input mode of a channel, where it is known and not Pipe."""
    algorithm: Mapping[str, Any] = call.request.get("AlgorithmSpecification") or {}
    mode = channel.get("InputMode") or algorithm.get("TrainingInputMode") or "File"
    return "" if mode == "Pipe" or is_token(mode) else mode


@rule("CreateTrainingJob", f"{API}/API_S3DataSource.html", read="2026-11-29")
def augmented_manifests_are_piped(call: Call) -> Iterator[Broken]:
    """A channel with an AugmentedManifestFile must have the input mode Pipe."""
    for path, channel, source in _channels(call):
        mode = _other_than_pipe(call, channel)
        if mode and source.get("S3DataType") == "AugmentedManifestFile":
            yield f"{path}.InputMode", mode


@rule("CreateTrainingJob", f"{GUIDE}/augmented-manifest.html", read="2026-11-29", confidence="inferred")
def augmented_manifests_name_attributes(call: Call) -> Iterator[Broken]:
    """AttributeNames are for an AugmentedManifestFile, which must name at least one of them and at most 16."""
    for path, _, source in _channels(call):
        names, kind = source.get("AttributeNames") or (), source.get("S3DataType")
        if is_token(names) or is_token(kind):
            continue
        if (kind == "AugmentedManifestFile") != bool(names) or len(names) > _MOST_ATTRIBUTES:
            yield f"{path}.DataSource.S3DataSource.AttributeNames", [*names]


@rule("CreateTrainingJob", f"{API}/API_Channel.html", read="2026-11-29")
def files_are_neither_wrapped_nor_unpacked(call: Call) -> Iterator[Broken]:
    """A channel must have the input mode Pipe where it has a RecordWrapperType or a CompressionType."""
    for path, channel, _ in _channels(call):
        for member in ("RecordWrapperType", "CompressionType"):
            value = channel.get(member, "None")
            if value != "None" and not is_token(value) and _other_than_pipe(call, channel):
                yield f"{path}.{member}", value


def _file_systems(call: Call) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for path, channel in indexed("InputDataConfig", call.request.get("InputDataConfig") or ()):
        source: Mapping[str, Any] = channel.get("DataSource") or {}
        if system := source.get("FileSystemDataSource"):
            yield path, channel, system


@rule("CreateTrainingJob", f"{GUIDE}/model-access-training-data.html", read="2026-11-29", confidence="inferred")
def file_systems_are_reached_from_a_vpc(call: Call) -> Iterator[Broken]:
    """A training job with a channel of a file system must have a VpcConfig, of the file system's VPC."""
    if not call.request.get("VpcConfig"):
        yield from (("VpcConfig", system.get("FileSystemId")) for _, _, system in _file_systems(call))


@rule(
    "CreateTrainingJob",
    f"{GUIDE}/model-access-training-data.html",
    read="2026-11-29",
    confidence="inferred",
    enforced=("emulator",),
)
def file_systems_are_mounted(call: Call) -> Iterator[Broken]:
    """A channel of a file system must have the input mode File."""
    algorithm: Mapping[str, Any] = call.request.get("AlgorithmSpecification") or {}
    for path, channel, _ in _file_systems(call):
        mode = channel.get("InputMode") or algorithm.get("TrainingInputMode") or "File"
        if mode != "File" and not is_token(mode):
            yield f"{path}.InputMode", mode


@rule("CreateTrainingJob", f"{API}/API_FileSystemDataSource.html", read="2026-11-29")
def directories_of_file_systems_have_full_paths(call: Call) -> Iterator[Broken]:
    """The DirectoryPath of a file system must be a full path, which begins with a slash."""
    for path, _, system in _file_systems(call):
        directory = system.get("DirectoryPath", "/")
        if not is_token(directory) and not directory.startswith("/"):
            yield f"{path}.DataSource.FileSystemDataSource.DirectoryPath", directory


def _groups(call: Call) -> Iterable[Mapping[str, Any]]:
    resources: Mapping[str, Any] = call.request.get("ResourceConfig") or {}
    groups = resources.get("InstanceGroups") or ()
    return () if is_token(groups) else groups


@rule(
    "CreateTrainingJob",
    f"{API}/API_ResourceConfig.html",
    read="2026-11-29",
    confidence="inferred",
    enforced=("emulator",),
)
def instance_groups_replace_an_instance_type(call: Call) -> Iterator[Broken]:
    """A ResourceConfig has either InstanceGroups or an InstanceType with an InstanceCount."""
    resources: Mapping[str, Any] = call.request.get("ResourceConfig") or {}
    for member in ("InstanceType", "InstanceCount"):
        if _groups(call) and member in resources:
            yield f"ResourceConfig.{member}", resources[member]


@rule("CreateTrainingJob", f"{API}/API_InstanceGroup.html", read="2026-11-29", confidence="inferred")
def instance_groups_have_names_of_their_own(call: Call) -> Iterator[Broken]:
    """The instance groups of a training job must have different names."""
    names: list[object] = []
    for path, group in indexed("ResourceConfig.InstanceGroups", _groups(call)):
        name = group.get("InstanceGroupName")
        if name in names and not is_token(name):
            yield f"{path}.InstanceGroupName", name
        names.append(name)


@rule("CreateTrainingJob", f"{API}/API_S3DataSource.html", read="2026-11-29", confidence="inferred")
def channels_go_to_instance_groups_of_the_job(call: Call) -> Iterator[Broken]:
    """InstanceGroupNames of a channel must be those of instance groups of the training job."""
    known = [group.get("InstanceGroupName") for group in _groups(call)]
    if any(is_token(name) for name in known):
        return
    for path, _, source in _channels(call):
        names = source.get("InstanceGroupNames") or ()
        unknown = [] if is_token(names) else [each for each in names if not is_token(each) and each not in known]
        if unknown:
            yield f"{path}.DataSource.S3DataSource.InstanceGroupNames", ", ".join(unknown)


@rule(
    "CreateTrainingJob",
    "https://github.com/aws/sagemaker-python-sdk",
    read="2026-11-29",
    confidence="reported",
)
def all_channels_name_instance_groups_or_none(call: Call) -> Iterator[Broken]:
    """On instance groups, either all channels of a training job have InstanceGroupNames or none has them."""
    found = [(path, bool(source.get("InstanceGroupNames"))) for path, _, source in _channels(call)]
    if _groups(call) and any(named for _, named in found):
        for path, named in found:
            if not named:
                yield f"{path}.DataSource.S3DataSource.InstanceGroupNames", "none"
