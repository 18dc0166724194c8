"""Training jobs that break a rule."""

from typing import Any

from aws_cdk import Duration, Stack

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.training.debugger.debug_rule import DebugRule
from sagemaker_constructs.training.debugger.debugger import Debugger
from sagemaker_constructs.training.spot_training import SpotTraining
from sagemaker_constructs.training.training_definition import TrainingDefinition
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


def _definition(stack: Stack, **given: Any) -> TrainingDefinition:
    return TrainingDefinition(
        stack,
        "Training",
        image=ModelImage.from_directory("tests/unit/image"),
        output=EncryptedBucket(stack, "Output"),
        instance_type="ml.m5.large",
        **given,
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
}
