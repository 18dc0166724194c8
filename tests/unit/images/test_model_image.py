from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.execution_role import ExecutionRole
from sagemaker_constructs.core.validation import InvalidInput
from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.images.model_image import ModelImage


@pytest.fixture
def role(stack: Stack) -> ExecutionRole:
    return ExecutionRole(stack, "Role", description="test", log_groups=["/aws/sagemaker/Endpoints/*"])


def test_a_directory_becomes_an_image_asset(stack: Stack, role: ExecutionRole) -> None:
    uri = ModelImage.from_directory("containers/tabular").bind(stack, role.role)
    assert "cdk-hnb659fds-container-assets" in str(stack.resolve(uri))


@pytest.mark.parametrize("missing", ["containers/none", "docs"])
def test_a_directory_without_dockerfile_is_refused(stack: Stack, role: ExecutionRole, missing: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^Stack: image directory must .*'{missing}'$"):
        ModelImage.from_directory(Path(missing)).bind(stack, role.role)


def test_a_repository_image_is_pulled_with_a_grant_on_that_repository(stack: Stack, role: ExecutionRole) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "churn")
    uri = ModelImage.from_repository(repository, "1.4.2").bind(stack, role.role)
    assert str(stack.resolve(uri)).endswith("/churn:1.4.2']]}")
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({"Action": Match.array_with(["ecr:BatchGetImage"]), "Effect": "Allow"})]
                )
            }
        },
    )


def test_the_tag_latest_is_refused(stack: Stack, role: ExecutionRole) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "churn")
    with pytest.raises(InvalidInput, match="image tag must not be latest"):
        ModelImage.from_repository(repository, "latest").bind(stack, role.role)


def test_the_repository_scans_and_keeps_tags_immutable(stack: Stack, key: kms.IKey) -> None:
    ImageRepository(stack, "Images", encryption_key=key, keep_images=3)
    Template.from_stack(stack).has_resource(
        "AWS::ECR::Repository",
        {
            "DeletionPolicy": "Retain",
            "Properties": {
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "ImageTagMutability": "IMMUTABLE",
                "EncryptionConfiguration": {"EncryptionType": "KMS"},
                "LifecyclePolicy": {"LifecyclePolicyText": Match.string_like_regexp('"countNumber":3')},
            },
        },
    )


def test_keeping_no_image_is_refused(stack: Stack, key: kms.IKey) -> None:
    with pytest.raises(InvalidInput, match="keep_images must be between 1 and 1000, got: 0"):
        ImageRepository(stack, "Images", encryption_key=key, keep_images=0)
