"""The roles of services: who assumes them, and where their policy is."""

from aws_cdk import Stack
from aws_cdk.assertions import Template

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.schedules import scheduler_role


def test_one_service_assumes_it_and_its_policy_is_inside(stack: Stack) -> None:
    grants = Grants()
    grants.allow("s3:GetObject", on="arn:aws:s3:::rows/*")
    service_role(stack, service="glue.amazonaws.com", description="Crawls", grants=grants)
    [role] = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    assert role["Properties"] == {
        "Description": "Crawls",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}}
            ],
        },
        "Policies": [{"PolicyName": "Default", "PolicyDocument": grants.document()}],
    }


def test_schedules_of_this_account_alone_assume_theirs(stack: Stack) -> None:
    scheduler_role(stack, "Nightly", description="Starts")
    [role] = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert "Policies" not in role["Properties"]
