from typing import cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of, allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.network.vpc_placement import VpcPlacement

IMAGE = ModelImage.from_directory("tests/unit/image")


def test_it_runs_isolated_and_without_a_fixed_name(stack: Stack, bucket: s3.IBucket) -> None:
    Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_bucket(bucket, "churn/model.tar.gz"))
    Template.from_stack(stack).has_resource_properties(
        "AWS::SageMaker::Model",
        {"EnableNetworkIsolation": True, "ModelName": Match.absent(), "VpcConfig": Match.absent()},
    )


def test_the_role_reads_this_artifact_and_no_other(stack: Stack, bucket: s3.IBucket) -> None:
    Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_bucket(bucket, "churn/model.tar.gz"))
    read = [statement for statement in statements(stack) if "s3:GetObject" in actions_of(statement)]
    assert read == [
        {
            "Action": "s3:GetObject",
            "Effect": "Allow",
            "Resource": stack.resolve(bucket.arn_for_objects("churn/model.tar.gz")),
        }
    ]


def test_the_role_brings_its_policy_along(stack: Stack) -> None:
    Model(stack, "Churn", image=IMAGE)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Policy", 0)
    [(name, role)] = template.find_resources("AWS::IAM::Role").items()
    assert "ecr:BatchGetImage" in str(role["Properties"]["Policies"])
    template.has_resource_properties("AWS::SageMaker::Model", {"ExecutionRoleArn": {"Fn::GetAtt": [name, "Arn"]}})


def test_a_given_role_has_its_policy_before_the_model(stack: Stack) -> None:
    role = iam.Role(stack, "Given", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    Model(stack, "Churn", image=IMAGE, role=cast(iam.IRole, role))
    template = Template.from_stack(stack)
    [policy] = template.find_resources("AWS::IAM::Policy")
    [name] = template.find_resources("AWS::IAM::Role")
    template.has_resource("AWS::SageMaker::Model", {"DependsOn": Match.array_with([policy, name])})
    template.has_resource_properties("AWS::IAM::Policy", {"Roles": [{"Ref": name}]})
    assert allowed(statements(stack, "Given"), "ecr:BatchGetImage")


def test_a_placement_brings_subnets_groups_and_the_right_to_attach(stack: Stack, placement: VpcPlacement) -> None:
    Model(stack, "Churn", image=IMAGE, placement=placement)
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::SageMaker::Model",
        {
            "VpcConfig": {
                "Subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
                "SecurityGroupIds": ["sg-0a1b2c3d"],
            }
        },
    )
    attachable = map(str, allowed(statements(stack), "ec2:CreateNetworkInterface"))
    assert [each.rpartition(":")[2].split("'")[0] for each in attachable] == [
        "subnet/subnet-0a1b2c3d",
        "subnet/subnet-0a1b2c3e",
        "security-group/sg-0a1b2c3d",
        "network-interface/*",
    ]


def test_every_default_can_be_overridden(stack: Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Given", "arn:aws:iam::123456789012:role/given")
    Model(
        stack,
        "Churn",
        image=IMAGE,
        role=role,
        network_isolation=False,
        environment={"LOG_LEVEL": "debug"},
    )
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 0)
    template.has_resource_properties(
        "AWS::SageMaker::Model",
        {
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/given",
            "EnableNetworkIsolation": False,
            "PrimaryContainer": {"Environment": {"LOG_LEVEL": "debug"}},
        },
    )


def test_bad_environment_variables_are_named_at_once(stack: Stack) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Model(stack, "Churn", image=IMAGE, environment={"LOG-LEVEL": "x", "LONG": "x" * 1025})
    assert refusal.value.lines == (
        "Stack/Churn: environment must be named with letters, digits and _, got: 'LOG-LEVEL'",
        "Stack/Churn: environment LONG must hold at most 1024 bytes, got: 1025",
    )


@pytest.mark.parametrize("object_key", ["churn/model.zip", "churn/"])
def test_an_artifact_that_is_no_archive_is_refused(stack: Stack, bucket: s3.IBucket, object_key: str) -> None:
    with pytest.raises(InvalidInput, match=r"model artifact must be a \.tar\.gz archive"):
        Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_bucket(bucket, object_key))
