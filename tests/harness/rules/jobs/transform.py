"""Transform jobs that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_requests import TransformRequests
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket


def _job(split: str = "Line", **members: Any) -> Request:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}}
    return {
        "TransformJobName": "judged",
        "ModelName": "plain",
        "TransformInput": {"DataSource": source, "SplitType": split},
        "TransformOutput": {"S3OutputPath": "s3://data/out/"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }


def _transform(stack: Stack, requests: TransformRequests, **source: Any) -> None:
    bucket = EncryptedBucket.of(stack)
    BatchTransform(
        stack,
        "Batch",
        model=Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image")),
        instance_type="ml.m5.large",
        input=TransformInput(bucket, "in", **source),
        output=TransformOutput(bucket, "out"),
        requests=requests,
    )


CASES = {
    "concurrent-transforms-share-100-megabytes": RuleCase(
        refused=_job(MaxConcurrentTransforms=17),
        taken=_job(MaxConcurrentTransforms=16),
        synth=lambda stack: _transform(stack, TransformRequests(max_concurrent=17)),
    ),
    "payloads-without-a-limit-are-whole-objects": RuleCase(
        refused=_job(MaxPayloadInMB=0),
        taken=_job("None", MaxPayloadInMB=0),
        synth=lambda stack: _transform(stack, TransformRequests(max_payload_mb=0)),
    ),
    "batch-strategies-need-records": RuleCase(
        refused=_job("None", BatchStrategy="SingleRecord"),
        taken=_job(BatchStrategy="SingleRecord"),
        synth=lambda stack: _transform(stack, TransformRequests(strategy="SingleRecord"), split="None"),
    ),
}
