"""The private workforce: a closed user pool, its teams, and one of it in an account and region."""

from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.labeling import LabelingWorkforce, WorkTeam


def test_nobody_signs_up_and_everybody_has_a_second_factor(stack: Stack) -> None:
    LabelingWorkforce(stack, "People")
    template = Template.from_stack(stack)
    pool = {
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "DeletionProtection": "ACTIVE",
        "MfaConfiguration": "ON",
        "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
    }
    template.has_resource_properties("AWS::Cognito::UserPool", pool)
    template.has_resource("AWS::Cognito::UserPool", {"DeletionPolicy": "RetainExceptOnCreate"})
    client = {"GenerateSecret": True, "PreventUserExistenceErrors": "ENABLED"}
    template.has_resource_properties("AWS::Cognito::UserPoolClient", client)
    [workforce] = template.find_resources("AWS::SageMaker::Workforce").values()
    assert "SourceIpConfig" not in workforce["Properties"]
    [domain] = template.find_resources("AWS::Cognito::UserPoolDomain")
    assert workforce["DependsOn"] == [domain]


def test_the_pool_is_told_where_the_workforce_is(stack: Stack) -> None:
    LabelingWorkforce(stack, "People")
    told = {"SubDomain": {"Fn::GetAtt": [Match.any_value(), "SubDomain"]}}
    Template.from_stack(stack).has_resource_properties("Custom::SageMakerWorkforceSignIn", told)
    found = statements(stack, "PeopleSignInFunctionRole")
    assert {action for each in found for action in actions_of(each) if action.startswith("cognito")} == {
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:UpdateUserPoolClient",
    }


def test_everything_given_reaches_the_template(stack: Stack) -> None:
    LabelingWorkforce(
        stack,
        "People",
        domain_prefix="raters",
        source_cidrs=["192.0.2.0/24"],
        multi_factor=False,
        removal_policy=RemovalPolicy.DESTROY,
    )
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Cognito::UserPoolDomain", {"Domain": "raters"})
    limits = {"SourceIpConfig": {"Cidrs": ["192.0.2.0/24"]}}
    template.has_resource_properties("AWS::SageMaker::Workforce", limits)
    pool = {"MfaConfiguration": "OFF", "DeletionProtection": "INACTIVE"}
    template.has_resource_properties("AWS::Cognito::UserPool", pool)
    template.has_resource("AWS::Cognito::UserPool", {"DeletionPolicy": "Delete"})


def test_a_team_has_a_group_of_its_own_or_those_that_are_given(stack: Stack) -> None:
    people = LabelingWorkforce(stack, "People")
    own = WorkTeam(stack, "Raters", workforce=people, description="Read digits")
    WorkTeam(stack, "Experts", workforce=people, description="Judge", groups=["experts", "heads"])
    assert own.group
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Cognito::UserPoolGroup", 1)
    found = template.find_resources("AWS::SageMaker::Workteam").values()
    groups = [
        [member["CognitoMemberDefinition"]["CognitoUserGroup"] for member in each["Properties"]["MemberDefinitions"]]
        for each in found
    ]
    assert ["experts", "heads"] in groups
    assert [{"Ref": "RatersGroupDDE61CA7"}] in groups or len(groups) == 2


def test_an_account_has_one_in_a_region() -> None:
    app = App()
    stacks = [
        Stack(app, name, env=Environment(account="123456789012", region=region))
        for name, region in (("First", "us-east-1"), ("Second", "us-east-1"), ("Third", "eu-west-1"))
    ]
    LabelingWorkforce(stacks[0], "People")
    LabelingWorkforce(stacks[2], "People")
    with pytest.raises(InvalidInput, match=r"must be the only one of its account and region.*First/People too"):
        LabelingWorkforce(stacks[1], "People")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"source_cidrs": ["192.0.2.1"]}, r"source_cidrs\[0\] must be a CIDR block"),
        ({"source_cidrs": ["192.0.2.0/24"] * 11}, r"source_cidrs may hold at most 10"),
        ({"domain_prefix": "aws-raters"}, r"domain_prefix must be lower-case"),
    ],
)
def test_what_is_refused(given: dict[str, Any], reason: str, stack: Stack) -> None:
    with pytest.raises(InvalidInput, match=reason):
        LabelingWorkforce(stack, "People", **given)


def test_a_team_has_ten_groups_and_a_description(stack: Stack) -> None:
    people = LabelingWorkforce(stack, "People")
    with pytest.raises(InvalidInput, match="groups may hold at most 10"):
        WorkTeam(stack, "Many", workforce=people, description="x", groups=[f"g{n}" for n in range(11)])
    with pytest.raises(InvalidInput, match="description must be 1 to 200"):
        WorkTeam(stack, "Silent", workforce=people, description="")
