"""A version goes from stage to stage as it is live, and back where it is sent back."""

import uuid
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.published_stack import deploy
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import ModelArtifact, ModelContainer
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup, ModelPackageVersion

BUCKET, GROUP = "models-in-stages", "staged"


def test_a_version_goes_from_stage_to_stage(client: Clients, echo_image: str, tmp_path: Path) -> None:
    store = client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_object(Bucket=BUCKET, Key="models/model.tar.gz", Body=b"weights")

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        group = ModelPackageGroup(stack, "Group", name=GROUP)
        artifact = ModelArtifact.from_bucket(bucket, "models/model.tar.gz")
        container = ModelContainer(ModelImage.from_uri(echo_image), artifact)
        first = ModelPackageVersion(stack, "First", group=group, container=container).arn
        common: dict[str, Any] = {"group": group, "first": first}
        ApprovedModel(
            stack,
            "Development",
            parameter_name="/staged/development",
            later_stages=["Staging", "Production"],
            promotion="Approved",
            **common,
        )
        ApprovedModel(
            stack, "Staging", parameter_name="/staged/staging", stage="Staging", later_stages=["Production"], **common
        )
        ApprovedModel(stack, "Production", parameter_name="/staged/production", stage="Production", **common)

    deploy(client, "staged-models", build, context={}, outdir=tmp_path / "out")
    sagemaker, parameters = client("sagemaker"), client("ssm")

    def live(stage: str) -> str:
        return parameters.get_parameter(Name=f"/staged/{stage}")["Parameter"]["Value"]

    def cycle(arn: str) -> tuple[str, str]:
        told = sagemaker.describe_model_package(ModelPackageName=arn).get("ModelLifeCycle", {})
        return told.get("Stage", ""), told.get("StageStatus", "")

    def enter(arn: str, stage: str, status: str) -> None:
        sagemaker.update_model_package(ModelPackageArn=arn, ModelLifeCycle={"Stage": stage, "StageStatus": status})

    first = live("production")
    specification = {
        "Containers": [{"Image": echo_image, "ModelDataUrl": f"s3://{BUCKET}/models/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    second = sagemaker.create_model_package(
        ModelPackageGroupName=GROUP,
        InferenceSpecification=specification,
        ModelApprovalStatus="PendingManualApproval",
        ClientToken=uuid.uuid4().hex,
    )["ModelPackageArn"]
    assert second != first

    sagemaker.update_model_package(ModelPackageArn=second, ModelApprovalStatus="Approved")
    wait_for(lambda: cycle(second), lambda found: found == ("Production", "PendingApproval"))
    assert [live(stage) for stage in ("development", "staging", "production")] == [second, second, first]

    enter(second, "Production", "Approved")
    wait_for(lambda: live("production"), lambda found: found == second)
    assert [live(stage) for stage in ("development", "staging")] == [second, second]

    enter(second, "Staging", "Rejected")
    wait_for(lambda: live("production"), lambda found: found == first)
    wait_for(lambda: live("staging"), lambda found: found == first)
    assert live("development") == second
