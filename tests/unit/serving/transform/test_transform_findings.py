"""cdk-nag over every way to run a batch transform: nothing unexplained."""

from typing import cast

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as stepfunctions

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_job import TransformJob
from sagemaker_constructs.serving.transform.transform_output import TransformOutput

PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.NIST80053R4Checks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.PCIDSS321Checks,
)


def test_no_way_to_run_has_an_unexplained_finding(
    app: cdk.App, stack: cdk.Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    transform = BatchTransform(
        stack,
        "Scoring",
        model=Model(stack, "Churn", image=ModelImage.from_directory("tests/unit/image")),
        input=TransformInput(bucket, "rows"),
        output=TransformOutput(bucket, "scored"),
        encryption_key=key,
        instance_type="ml.m5.large",
    )
    TransformJob(stack, "ScoreNow", definition=transform)
    transform.schedule("Nightly", "rate(1 day)")
    arrivals = transform.on_new_data("Arrivals")
    assert cast(stepfunctions.IStateMachine, arrivals.state_machine).state_machine_arn
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in PACKS])
    app.synth()
