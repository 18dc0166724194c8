from pathlib import Path

import pytest
from aws_cdk import App, Stack
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


def test_a_framework_image_is_found_without_network_and_pulled_from_the_account_of_aws(
    stack: Stack, role: ExecutionRole
) -> None:
    image = ModelImage.from_framework("xgboost", version="1.7-1", scope="inference")
    uri = image.bind(stack, role.role)
    account, repository = uri.partition(".")[0], uri.partition("/")[2].partition(":")[0]
    assert ".ecr.us-east-1.amazonaws.com/" in uri
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        Match.object_like(
                            {
                                "Action": Match.array_with(["ecr:BatchGetImage"]),
                                "Resource": {
                                    "Fn::Join": [
                                        "",
                                        Match.array_with([f":ecr:us-east-1:{account}:repository/{repository}"]),
                                    ]
                                },
                            }
                        )
                    ]
                )
            }
        },
    )


def test_an_unknown_framework_or_version_is_refused_with_the_nearest(stack: Stack, role: ExecutionRole) -> None:
    with pytest.raises(InvalidInput, match=r"^Stack: framework .*'xgbost'"):
        ModelImage.from_framework("xgbost", scope="inference").bind(stack, role.role)
    with pytest.raises(InvalidInput, match=r"^Stack: xgboost version .*'9\.9'"):
        ModelImage.from_framework("xgboost", version="9.9", scope="inference").bind(stack, role.role)


def test_a_framework_image_needs_a_region(app: App) -> None:
    anywhere = Stack(app, "Anywhere")
    role = ExecutionRole(anywhere, "Role", description="test", log_groups=["/aws/sagemaker/Endpoints/*"])
    with pytest.raises(InvalidInput, match="needs a stack with a concrete region"):
        ModelImage.from_framework("xgboost", version="1.7-1", scope="inference").bind(anywhere, role.role)
