import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.delivery.workflow_roles import WorkflowRoles
from sagemaker_constructs.delivery.workflow_source import GitHubRepository, GitLabProject, WorkflowSource
from sagemaker_constructs.plan.report import deployed

GITHUB = GitHubRepository("octo-org", "churn")
ISSUER = "token.actions.githubusercontent.com"


def _roles(stack: Stack, *, source: WorkflowSource = GITHUB, **more: Any) -> dict[str, Mapping[str, Any]]:
    """The properties of the roles by their descriptions."""
    arguments: dict[str, Any] = {"environments": ["staging", "production"], "stacks": ["ml-platform-*"], **more}
    WorkflowRoles(stack, "Ci", source=source, **arguments)
    found = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    return {each["Properties"]["Description"]: each["Properties"] for each in found}


def _trust(role: Mapping[str, Any]) -> Mapping[str, Any]:
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    return statement


def test_jobs_of_github_deploy_to_the_environment_that_they_name(stack: Stack) -> None:
    roles = _roles(stack)
    trust = _trust(roles["Workflows that deploy to production"])
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"] == {
        "StringEquals": {
            f"{ISSUER}:aud": "sts.amazonaws.com",
            f"{ISSUER}:sub": ["repo:octo-org/churn:environment:production"],
        }
    }
    subjects = _trust(roles["Workflows that look at changes"])["Condition"]["StringEquals"][f"{ISSUER}:sub"]
    assert subjects == ["repo:octo-org/churn:pull_request", "repo:octo-org/churn:ref:refs/heads/main"]
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::OIDCProvider", {"Url": f"https://{ISSUER}", "ClientIdList": ["sts.amazonaws.com"]}
    )


def test_subjects_that_outlive_a_name(stack: Stack) -> None:
    roles = _roles(stack, source=GitHubRepository("octo-org", "churn", owner_id=7, repository_id=9))
    subjects = _trust(roles["Workflows that deploy to staging"])["Condition"]["StringEquals"][f"{ISSUER}:sub"]
    assert subjects == [
        "repo:octo-org/churn:environment:staging",
        "repo:octo-org@7/churn@9:environment:staging",
    ]


def test_gitlab(stack: Stack) -> None:
    roles = _roles(stack, source=GitLabProject("team/churn"))
    deploys = _trust(roles["Workflows that deploy to production"])["Condition"]
    assert deploys == {
        "StringEquals": {
            "gitlab.com:aud": "https://gitlab.com",
            "gitlab.com:sub": ["project_path:team/churn:ref_type:branch:ref:main"],
        }
    }
    plans = _trust(roles["Workflows that look at changes"])["Condition"]
    assert plans["StringEquals"] == {"gitlab.com:aud": "https://gitlab.com"}
    assert plans["StringLike"] == {"gitlab.com:sub": ["project_path:team/churn:ref_type:branch:ref:*"]}


def test_a_deployment_may_become_the_bootstraps_roles_and_a_plan_may_read_templates(stack: Stack) -> None:
    roles = _roles(stack, qualifier="ml")
    deploys, *asks = roles["Workflows that deploy to staging"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert deploys["Action"] == "sts:AssumeRole"
    assert [each["Action"] for each in asks] == [
        "cloudformation:DescribeStackResource",
        ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync"],
        "cloudwatch:DescribeAlarms",
    ]
    assert "endpoint/ml-platform-*" in str(asks[1]["Resource"])
    names = [str(each).rpartition("role/")[2].partition("-role")[0] for each in deploys["Resource"]]
    assert names == ["cdk-ml-deploy", "cdk-ml-file-publishing", "cdk-ml-image-publishing", "cdk-ml-lookup"]
    [plans] = roles["Workflows that look at changes"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert plans["Action"] == ["cloudformation:DescribeStackResource", "cloudformation:GetTemplate"]
    assert roles["Workflows that deploy to staging"]["MaxSessionDuration"] == 4 * 3600


def test_a_plan_may_make_the_calls_that_it_makes(stack: Stack) -> None:
    source = Path(deployed.__file__).read_text()
    made = {
        name.title().replace("_", "") for name in re.findall(r"client\.(get_\w+|describe_\w+|list_\w+)\(", source)
    }
    [plans] = _roles(stack)["Workflows that look at changes"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert {f"cloudformation:{call}" for call in made} == {*plans["Action"]}


def test_a_provider_that_is_there(stack: Stack) -> None:
    arn = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
    roles = _roles(stack, provider_arn=arn)
    assert _trust(roles["Workflows that look at changes"])["Principal"] == {"Federated": arn}
    Template.from_stack(stack).resource_count_is("AWS::IAM::OIDCProvider", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"source": GitHubRepository("octo org", "churn")}, "source.owner must be a name of 1 to 100 letters"),
        ({"source": GitHubRepository("o", "churn", owner_id=1)}, "source.repository_id must be given with the other"),
        ({"source": GitLabProject("churn")}, "source.path must be a path such as group/project, got: 'churn'"),
        ({"environments": []}, "environments must name at least one environment, got: none"),
        ({"environments": ["a", "a"]}, "environments[1] must be unique, got twice: a"),
        ({"environments": ["pro:d"]}, "environments[0] must be 1 to 60 letters, digits, hyphens and underscores"),
        ({"stacks": ["*"]}, "stacks[0] must be a stack's name, such as ml-platform-*, that does not begin with"),
        ({"branch": "release/*"}, "branch must be a branch's name without a wildcard, got: 'release/*'"),
        ({"session": Duration.hours(13)}, "session in seconds must be between 3600 and 43200, got: 46800"),
    ],
)
def test_what_is_refused(stack: Stack, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _roles(stack, **arguments)
    assert str(refused.value).startswith(f"Stack/Ci: {said}")
