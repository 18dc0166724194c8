"""Training jobs that break a rule."""

from typing import Any

from aws_cdk import Duration, Stack

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.training.spot_training import SpotTraining
from sagemaker_constructs.training.training_definition import TrainingDefinition


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


def _definition(stack: Stack, **given: Any) -> TrainingDefinition:
    return TrainingDefinition(
        stack,
        "Training",
        image=ModelImage.from_directory("tests/unit/image"),
        output=EncryptedBucket(stack, "Output"),
        instance_type="ml.m5.large",
        **given,
    )


CASES = {
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
}
