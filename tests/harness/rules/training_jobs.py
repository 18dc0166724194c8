"""Training jobs that break a rule."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, Stack

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import VPC, Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.training.debugger.debug_rule import DebugRule
from sagemaker_constructs.training.debugger.debugger import Debugger
from sagemaker_constructs.training.file_system_input import FileSystemInput
from sagemaker_constructs.training.spot_training import SpotTraining
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_group import TrainingGroup
from sagemaker_constructs.training.training_input import TrainingInput


def _job(**members: object) -> Request:
    return {
        "TrainingJobName": "judged",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": AWS_IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **members,
    }


def _spot(wait: int) -> Request:
    limits = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": wait}
    return _job(StoppingCondition=limits, EnableManagedSpotTraining=True)


def _warm(seconds: int) -> Request:
    kept = {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
        "KeepAlivePeriodInSeconds": seconds,
    }
    return _job(ResourceConfig=kept)


def _channel(source: Request, **members: object) -> Request:
    given = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows", **source}
    return _job(InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": given}, **members}])


_AUGMENTED = {"S3DataType": "AugmentedManifestFile", "AttributeNames": ["image-ref", "label"]}


def _reading(stack: Stack, **given: Any) -> TrainingDefinition:
    bucket = EncryptedBucket(stack, "Rows")
    return _definition(stack, channels={"train": TrainingInput(bucket, "rows", **given)})


_SYSTEM = {"FileSystemId": "fs-01234567", "FileSystemType": "EFS", "FileSystemAccessMode": "ro"}


def _mounted(directory: str = "/rows", *, vpc: bool = True, **members: object) -> Request:
    source = {"FileSystemDataSource": {**_SYSTEM, "DirectoryPath": directory}}
    channel = {"ChannelName": "train", "DataSource": source, **members}
    return _job(InputDataConfig=[channel], **({"VpcConfig": VPC} if vpc else {}))


def _grouped(*names: str, channels: Sequence[Sequence[str]] = (), **members: object) -> Request:
    groups = [{"InstanceGroupName": name, "InstanceType": "ml.m5.large", "InstanceCount": 1} for name in names]
    read: list[Request] = []
    for number, of in enumerate(channels):
        source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows", **({"InstanceGroupNames": of} if of else {})}
        read.append({"ChannelName": f"channel-{number}", "DataSource": {"S3DataSource": source}})
    more = {"InputDataConfig": read} if read else {}
    return _job(ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 1, **members}, **more)


def _on_groups(stack: Stack, *channels: TrainingInput, names: Sequence[str] = ("a", "b")) -> TrainingDefinition:
    return _definition(
        stack,
        instance_type=None,
        instance_groups=[TrainingGroup(name, "ml.m5.large") for name in names],
        channels={f"channel-{number}": channel for number, channel in enumerate(channels)},
    )


def _definition(stack: Stack, **given: Any) -> TrainingDefinition:
    arguments: dict[str, Any] = {"instance_type": "ml.m5.large", **given}
    return TrainingDefinition(
        stack,
        "Training",
        image=ModelImage.from_directory("tests/unit/image"),
        output=EncryptedBucket(stack, "Output"),
        **arguments,
    )


def _debugged(*names: str) -> Request:
    image = "503895931360.dkr.ecr.us-east-1.amazonaws.com/sagemaker-debugger-rules:latest"
    rules = [{"RuleConfigurationName": name, "RuleEvaluatorImage": image} for name in names]
    return _job(DebugRuleConfigurations=rules)


CASES = {
    "debug-rules-have-names-of-their-own": RuleCase(
        refused=_debugged("one", "one"),
        taken=_debugged("one", "two"),
        synth=lambda stack: _definition(stack, debugger=Debugger([DebugRule.built_in("Overfit")] * 2)),
    ),
    "spot-training-waits-as-long-as-it-runs": RuleCase(
        refused=_spot(300),
        taken=_spot(600),
        synth=lambda stack: _definition(
            stack, max_runtime=Duration.minutes(10), spot=SpotTraining(Duration.minutes(5))
        ),
    ),
    "warm-pools-last-an-hour": RuleCase(
        refused=_warm(3601),
        taken=_warm(3600),
        synth=lambda stack: _definition(stack, keep_alive=Duration.minutes(61)),
    ),
    "augmented-manifests-are-piped": RuleCase(
        refused=_channel(_AUGMENTED, InputMode="FastFile"),
        taken=_channel(_AUGMENTED, InputMode="Pipe"),
        synth=lambda stack: _reading(stack, manifest="rows/list", attributes=["label"]),
    ),
    "augmented-manifests-name-attributes": RuleCase(
        refused=_channel({"S3DataType": "ManifestFile", "AttributeNames": ["label"]}),
        taken=_channel({"S3DataType": "ManifestFile"}),
        synth=lambda stack: _reading(stack, attributes=["label"]),
    ),
    "files-are-neither-wrapped-nor-unpacked": RuleCase(
        refused=_channel({}, RecordWrapperType="RecordIO"),
        taken=_channel({}, RecordWrapperType="RecordIO", InputMode="Pipe"),
        synth=lambda stack: _reading(stack, record_wrapper="RecordIO"),
    ),
    "file-systems-are-reached-from-a-vpc": RuleCase(
        refused=_mounted(vpc=False),
        taken=_mounted(),
        synth=lambda stack: _definition(stack, channels={"train": FileSystemInput("fs-01234567", "/rows")}),
    ),
    "file-systems-are-mounted": RuleCase(refused=_mounted(InputMode="Pipe"), taken=_mounted(InputMode="File")),
    "directories-of-file-systems-have-full-paths": RuleCase(
        refused=_mounted("rows"),
        taken=_mounted("/rows"),
        synth=lambda stack: _definition(stack, channels={"train": FileSystemInput("fs-01234567", "rows")}),
    ),
    "instance-groups-replace-an-instance-type": RuleCase(
        refused=_grouped("a", InstanceType="ml.m5.large"), taken=_grouped("a")
    ),
    "instance-groups-have-names-of-their-own": RuleCase(
        refused=_grouped("a", "a"), taken=_grouped("a", "b"), synth=lambda stack: _on_groups(stack, names=("a", "a"))
    ),
    "channels-go-to-instance-groups-of-the-job": RuleCase(
        refused=_grouped("a", channels=[["a", "b"]]),
        taken=_grouped("a", "b", channels=[["a", "b"]]),
        synth=lambda stack: _on_groups(
            stack, TrainingInput(EncryptedBucket(stack, "Rows"), "rows", instance_groups=["c"])
        ),
    ),
    "all-channels-name-instance-groups-or-none": RuleCase(
        refused=_grouped("a", "b", channels=[["a"], []]),
        taken=_grouped("a", "b", channels=[["a"], ["b"]]),
        synth=lambda stack: _on_groups(
            stack,
            TrainingInput(EncryptedBucket(stack, "Rows"), "rows", instance_groups=["a"]),
            TrainingInput(EncryptedBucket(stack, "More"), "rows"),
        ),
    ),
}
