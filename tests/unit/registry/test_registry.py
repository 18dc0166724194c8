"""Groups, versions and what follows an approval, in the template."""

import json
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

import sagemaker_constructs as sm
from sagemaker_constructs.core.access.service_principal import service_principal

IMAGE = sm.ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/models:one")
FIRST = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"


def _approved(stack: Stack, **options: Any) -> sm.ApprovedModel:
    group = sm.ModelPackageGroup(stack, "Group", name="churn")
    given: dict[str, Any] = {"parameter_name": "/ml/approved", "first": FIRST, "stacks": ["live"], **options}
    return sm.ApprovedModel(stack, "Approved", group=group, **given)


def test_a_group_and_its_versions_stay(stack: Stack, bucket: s3.IBucket) -> None:
    group = sm.ModelPackageGroup(stack, "Group", description="Who is about to leave")
    container = sm.ModelContainer(IMAGE, sm.ModelArtifact.from_bucket(bucket, "model.tar.gz"))
    sm.ModelPackageVersion(stack, "Version", group=group, container=container)
    template = Template.from_stack(stack)
    policies = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    template.has_resource("AWS::SageMaker::ModelPackageGroup", policies)
    [version] = template.find_resources("AWS::SageMaker::ModelPackage").values()
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert version["Properties"]["ModelApprovalStatus"] == "Approved"
    assert version["Properties"]["CustomerMetadataProperties"] == {"deployed-by-stack": "Stack"}
    assert "Tags" not in version["Properties"]


def test_other_accounts_may_deploy_versions(stack: Stack, bucket: s3.IBucket) -> None:
    group = sm.ModelPackageGroup(stack, "Group", name="churn")
    repository = sm.ImageRepository(stack, "Images")
    group.share_with(["111122223333"], artifacts=bucket, prefix="models", repository=repository)
    group.share_with(["444455556666"])
    template = Template.from_stack(stack)
    [shared] = template.find_resources("AWS::SageMaker::ModelPackageGroup").values()
    statements = shared["Properties"]["ModelPackageGroupPolicy"]["Statement"]
    assert len(json.dumps(shared["Properties"]["ModelPackageGroupPolicy"])) < 20_480
    for statement in statements:
        assert len(statement["Principal"]["AWS"]) == 2
    assert statements[1]["Action"] == [
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
        "sagemaker:CreateModel",
    ]
    whole = json.dumps(template.to_json())
    for resource in ("AWS::S3::BucketPolicy", "AWS::KMS::Key", "AWS::ECR::Repository"):
        assert "111122223333" in json.dumps(template.find_resources(resource)), resource
    assert "s3:GetObject" in whole


def test_a_role_may_register_and_read_nothing_else(stack: Stack) -> None:
    group = sm.ModelPackageGroup(stack, "Group", name="churn")
    role = iam.Role(stack, "Role", assumed_by=service_principal("sagemaker.amazonaws.com"))
    group.grant_register(cast(iam.IRole, role))
    template = Template.from_stack(stack)
    [policy] = template.find_resources("AWS::IAM::Policy").values()
    actions = {each for one in policy["Properties"]["PolicyDocument"]["Statement"] for each in _listed(one["Action"])}
    assert actions == {
        "sagemaker:CreateModelPackage",
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:ListModelPackages",
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_an_approval_is_queued_in_order_and_kept_if_it_fails(stack: Stack) -> None:
    _approved(stack, notify=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::SQS::Queue",
        {"FifoQueue": True, "VisibilityTimeout": 360, "RedrivePolicy": Match.object_like({"maxReceiveCount": 100})},
    )
    template.has_resource_properties("AWS::Lambda::EventSourceMapping", {"BatchSize": 1})
    template.has_resource_properties("AWS::Lambda::Function", {"Timeout": 60})
    rules = template.find_resources("AWS::Events::Rule").values()
    assert all(rule["Properties"]["Targets"][0]["SqsParameters"] == {"MessageGroupId": "approval"} for rule in rules)
    template.resource_count_is("AWS::CloudWatch::Alarm", 1)
    template.has_resource("AWS::DynamoDB::Table", {"DeletionPolicy": "RetainExceptOnCreate"})


def test_a_stack_reads_the_pointer_when_it_is_deployed(stack: Stack) -> None:
    model = sm.Model(stack, "Model", package=_approved(stack).package(stack))
    assert model.of_marketplace is False
    template = Template.from_stack(stack).to_json()
    [name] = [name for name, each in template["Parameters"].items() if each.get("Default") == "/ml/approved"]
    assert template["Parameters"][name]["Type"] == "AWS::SSM::Parameter::Value<String>"
    [made] = [each for each in template["Resources"].values() if each["Type"] == "AWS::SageMaker::Model"]
    assert made["Properties"]["PrimaryContainer"]["ModelPackageName"] == {"Ref": name}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stacks": [f"stack-{number}" for number in range(11)]}, "stacks may hold at most 10 entries, got: 11"),
        ({"parameter_name": "approved"}, "parameter_name must be a path such as /platform/dev/approved-model"),
    ],
)
def test_what_cannot_be_followed_is_refused(stack: Stack, options: dict[str, Any], words: str) -> None:
    with pytest.raises(sm.InvalidInput, match="Approved") as refused:
        _approved(stack, **options)
    assert words in str(refused.value)


def test_names_and_accounts_are_checked(stack: Stack) -> None:
    with pytest.raises(sm.InvalidInput, match="got: '-hyphen'"):
        sm.ModelPackageGroup(stack, "Named", name="-hyphen")
    with pytest.raises(sm.InvalidInput, match="got: '1234'"):
        sm.ModelPackageGroup(stack, "Shared").share_with(["1234"])
    group = sm.ModelPackageGroup(stack, "Group")
    with pytest.raises(sm.InvalidInput, match="container must have an artifact"):
        sm.ModelPackageVersion(stack, "Version", group=group, container=sm.ModelContainer(IMAGE))
