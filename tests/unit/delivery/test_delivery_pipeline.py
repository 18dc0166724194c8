"""The pipeline: its stages, its one switch, what it takes back, and what its builds may do."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of, allowed
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.cost.estimates import Bound, estimate
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.delivery import (
    ConnectedRepository,
    Continuous,
    DeliveryEnvironment,
    DeliveryPipeline,
    DeliverySteps,
)
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup

REPOSITORY = ConnectedRepository("octo-org/churn")
STAGING = DeliveryEnvironment("staging", stacks=["churn-staging"])
PROD = DeliveryEnvironment("prod", stacks=["churn-prod"])


def _pipeline(stack: Stack, **given: Any) -> DeliveryPipeline:
    arguments: dict[str, Any] = {"repository": REPOSITORY, "environments": [STAGING, PROD], **given}
    return DeliveryPipeline(stack, "Delivery", **arguments)


def _declared(stack: Stack) -> Mapping[str, Any]:
    [found] = Template.from_stack(stack).find_resources("AWS::CodePipeline::Pipeline").values()
    return found["Properties"]


def _stages(stack: Stack) -> dict[str, Any]:
    return {each["Name"]: each for each in _declared(stack)["Stages"]}


def _project(stack: Stack, name: str) -> Mapping[str, Any]:
    found = Template.from_stack(stack).find_resources("AWS::CodeBuild::Project")
    [one] = [each for key, each in found.items() if key.startswith(f"Delivery{name.replace('-', '')}Project")]
    return one["Properties"]


def _spec(stack: Stack, name: str) -> Mapping[str, Any]:
    return json.loads(_project(stack, name)["Source"]["BuildSpec"])


def _statements(stack: Stack, name: str) -> list[dict[str, Any]]:
    found = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    [one] = [each for key, each in found.items() if key.startswith(f"Delivery{name.replace('-', '')}Role")]
    return one["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def _allowed(stack: Stack, name: str, action: str) -> list[str]:
    """The resources of an action, as text."""
    return [json.dumps(each) for each in allowed(_statements(stack, name), action)]


def test_a_change_passes_everything_before_a_person_is_asked(stack: Stack) -> None:
    _pipeline(stack, steps=DeliverySteps(load=["./load"]))
    stages = {name: [action["Name"] for action in stage["Actions"]] for name, stage in _stages(stack).items()}
    assert stages == {
        "Source": ["Source"],
        "Build": ["Test", "Synth"],
        "Review": ["Report", "Security"],
        "Deploy-staging": ["Deploy", "SmokeTest", "LoadTest"],
        "Approval": ["Approval"],
        "Deploy-prod": ["Deploy", "SmokeTest"],
    }
    orders = [action["RunOrder"] for action in _stages(stack)["Deploy-staging"]["Actions"]]
    assert orders == [1, 2, 3]
    # What was synthesized once is what every later action works with.
    assert all(
        action["InputArtifacts"] == [{"Name": "Assembly"}]
        for name in ("Review", "Deploy-staging", "Deploy-prod")
        for action in _stages(stack)[name]["Actions"]
    )


def test_the_switch_is_the_one_stage(stack: Stack) -> None:
    _pipeline(stack, continuous=Continuous.DEPLOYMENT)
    assert list(_stages(stack)) == ["Source", "Build", "Review", "Deploy-staging", "Deploy-prod"]


@pytest.mark.parametrize("continuous", Continuous)
def test_the_switch_is_that_of_models_too(stack: Stack, continuous: Continuous) -> None:
    ApprovedModel(
        stack,
        "Approved",
        group=ModelPackageGroup(stack, "Group", name="churn"),
        parameter_name="/churn/approved",
        first="none",
        stage="Staging",
        later_stages=["Production"],
        promotion=continuous.promotion,
    )
    variables = {"POINTER": "/churn/approved", "PROMOTION": continuous.promotion}
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": Match.object_like(variables)}}
    )


def test_who_approves_reads_what_the_change_does(stack: Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    _pipeline(stack, notify=topic, approval_timeout=Duration.hours(1))
    [approval] = _stages(stack)["Approval"]["Actions"]
    assert approval["ActionTypeId"]["Category"] == "Approval"
    assert approval["Configuration"]["CustomData"] == (
        "Deploy to prod? #{Report.CHANGE_SUMMARY}. Commit #{Source.CommitId}"
    )
    assert approval["Configuration"]["NotificationArn"] == stack.resolve(topic.topic_arn)
    assert approval["TimeoutInMinutes"] == 60
    report = _spec(stack, "Report")
    assert report["env"]["exported-variables"] == ["CHANGE_SUMMARY"]
    assert report["phases"]["build"]["finally"] == ["cat plan.md"]
    assert _allowed(stack, "", "sns:Publish")
    pattern = next(iter(Template.from_stack(stack).find_resources("AWS::Events::Rule").values()))
    assert pattern["Properties"]["EventPattern"]["detail"]["state"] == ["FAILED"]


def test_a_stage_that_fails_is_taken_back_and_so_is_one_whose_alarm_goes_off(stack: Stack) -> None:
    watched = DeliveryEnvironment("prod", stacks=["churn-prod"], alarms=["errors", "latency"], watch_minutes=5)
    _pipeline(stack, environments=[STAGING, watched])
    stages = _stages(stack)
    assert stages["Deploy-staging"]["OnFailure"] == {"Result": "ROLLBACK"}
    assert "OnSuccess" not in stages["Deploy-staging"]
    [condition] = stages["Deploy-prod"]["OnSuccess"]["Conditions"]
    assert condition["Result"] == "ROLLBACK"
    assert [each["Configuration"] for each in condition["Rules"]] == [
        {"AlarmName": "errors", "WaitTime": "5"},
        {"AlarmName": "latency", "WaitTime": "5"},
    ]
    # The approval is no part of what runs again.
    assert "OnFailure" not in stages["Approval"]
    [errors, latency] = _allowed(stack, "", "cloudwatch:DescribeAlarms")
    assert errors.endswith(':alarm:errors"]]}')
    assert latency.endswith(':alarm:latency"]]}')


def test_an_environment_can_be_left_as_it_failed(stack: Stack) -> None:
    left = DeliveryEnvironment("staging", stacks=["churn-staging"], alarms=["errors"], rolls_back=False)
    _pipeline(stack, environments=[left, PROD])
    stage = _stages(stack)["Deploy-staging"]
    assert "OnFailure" not in stage
    assert stage["OnSuccess"]["Conditions"][0]["Result"] == "FAIL"


def test_pushes_of_one_branch_and_of_some_paths_start_it(stack: Stack) -> None:
    repository = ConnectedRepository("octo-org/churn", branch="trunk", paths=["src/**"], ignored_paths=["**.md"])
    _pipeline(stack, repository=repository)
    [trigger] = _declared(stack)["Triggers"]
    assert trigger["GitConfiguration"] == {
        "SourceActionName": "Source",
        "Push": [{"Branches": {"Includes": ["trunk"]}, "FilePaths": {"Includes": ["src/**"], "Excludes": ["**.md"]}}],
    }
    [source] = _stages(stack)["Source"]["Actions"]
    assert source["Configuration"]["DetectChanges"] == "false"
    assert _declared(stack)["PipelineType"] == "V2"


def test_a_connection_is_made_or_given(stack: Stack) -> None:
    _pipeline(stack)
    [made] = Template.from_stack(stack).find_resources("AWS::CodeConnections::Connection").values()
    assert made["Properties"]["ProviderType"] == "GitHub"
    assert len(made["Properties"]["ConnectionName"]) <= 32
    assert _allowed(stack, "", "codeconnections:UseConnection")


def test_an_older_connection_is_used_by_its_older_action(stack: Stack) -> None:
    arn = "arn:aws:codestar-connections:us-east-1:123456789012:connection/0a1b"
    _pipeline(stack, repository=ConnectedRepository("octo-org/churn", connection_arn=arn))
    Template.from_stack(stack).resource_count_is("AWS::CodeConnections::Connection", 0)
    assert _allowed(stack, "", "codestar-connections:UseConnection") == [json.dumps(arn)]


def test_builds_may_do_what_their_step_needs(stack: Stack) -> None:
    _pipeline(stack)
    own = {"logs:CreateLogStream", "logs:PutLogEvents"}
    artifacts = {"s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload"}
    keys = {"kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"}
    expected = {
        "Test": set[str](),
        "Synth": set[str](),
        "Security": set[str](),
        "Report": {"cloudformation:DescribeStackResource", "cloudformation:GetTemplate"},
        "Deploy-prod": {"sts:AssumeRole"},
        "Smoke-prod": {
            "cloudformation:DescribeStackResource",
            "cloudwatch:DescribeAlarms",
            "sagemaker:InvokeEndpoint",
            "sagemaker:InvokeEndpointAsync",
        },
    }
    for name, more in expected.items():
        found = {action for each in _statements(stack, name) for action in actions_of(each)}
        assert found == own | artifacts | keys | more, name
    roles = _allowed(stack, "Deploy-prod", "sts:AssumeRole")
    assert ["-".join(each.split("role/cdk-hnb659fds-")[1].split("-role-")[:1]) for each in roles] == [
        "deploy",
        "file-publishing",
        "image-publishing",
        "lookup",
    ]
    [endpoints] = _allowed(stack, "Smoke-prod", "sagemaker:InvokeEndpoint")
    assert endpoints.endswith(':endpoint/churn-prod-*"]]}')


def test_another_account_is_deployed_to_by_its_bootstrap_and_looked_at_by_a_role_there(stack: Stack) -> None:
    role = "arn:aws:iam::210987654321:role/looks"
    far = DeliveryEnvironment(
        "prod", stacks=["churn-prod"], account="210987654321", region="eu-west-1", role_arn=role, alarms=["errors"]
    )
    _pipeline(stack, environments=[STAGING, far], qualifier="ml")
    roles = _allowed(stack, "Deploy-prod", "sts:AssumeRole")
    assert all("::210987654321:role/cdk-ml-" in each and "-210987654321-eu-west-1" in each for each in roles)
    assert json.dumps(role) in _allowed(stack, "Smoke-prod", "sts:AssumeRole")
    assert json.dumps(role) in _allowed(stack, "Report", "sts:AssumeRole")
    assert json.dumps(role) in _allowed(stack, "", "sts:AssumeRole")
    [rule] = _stages(stack)["Deploy-prod"]["OnSuccess"]["Conditions"][0]["Rules"]
    assert (rule["RoleArn"], rule["Region"]) == (role, "eu-west-1")
    first, second, *_ = _spec(stack, "Smoke-prod")["phases"]["build"]["commands"]
    assert first == 'export AWS_CONFIG_FILE="$PWD/.aws-config"'
    assert "credential_source = EcsContainer" in second


def test_commands_are_those_of_the_steps(stack: Stack) -> None:
    steps = DeliverySteps(install=["./install"], test=["./test"], runtimes={"python": "3.13"})
    _pipeline(stack, steps=steps)
    assert _spec(stack, "Test")["phases"] == {
        "install": {"runtime-versions": {"python": "3.13"}, "commands": ["./install"]},
        "build": {"commands": ["./test"]},
    }
    assert _spec(stack, "Deploy-prod")["phases"]["build"]["commands"] == list(steps.deploy)
    variables = {
        each["Name"]: each["Value"] for each in _project(stack, "Deploy-prod")["Environment"]["EnvironmentVariables"]
    }
    assert variables == {"ENVIRONMENT": "prod", "ASSEMBLY": "cdk.out/assembly-prod"}
    assert _spec(stack, "Synth")["artifacts"]["files"] == ["**/*"]


def test_only_what_deploys_may_use_docker(stack: Stack) -> None:
    _pipeline(stack, builds_images=True)
    found = Template.from_stack(stack).find_resources("AWS::CodeBuild::Project")
    privileged = {
        each["Properties"]["Description"]
        for each in found.values()
        if each["Properties"]["Environment"]["PrivilegedMode"]
    }
    assert privileged == {
        "Deploy of changes on their way to prod",
        "Deploy of changes on their way to staging",
    }


def test_nothing_is_named_that_might_be_replaced(stack: Stack) -> None:
    _pipeline(stack)
    for kind in ("AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project"):
        assert all(
            "Name" not in each["Properties"] for each in Template.from_stack(stack).find_resources(kind).values()
        )


def test_what_it_costs_is_counted_and_its_prices_are_asked_for(stack: Stack) -> None:
    _pipeline(stack)
    use = {"Stack/Delivery*": {"minutes": 20}}
    found = estimate({"Stack": Template.from_stack(stack).to_json()}, PriceList.of_region("us-east-1"), use)
    assert not found.unknown_types
    assert {item.what for item in found.unpriced(Bound.EXPECTED)} == {
        "minutes of actions of pipelines",
        "minutes of builds of g1.medium",
    }


def test_people_are_allowed_to_approve_and_to_start(stack: Stack) -> None:
    pipeline = _pipeline(stack)
    role = iam.Role(stack, "People", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()))
    pipeline.grant_approve(role)
    pipeline.grant_start(role)
    [policy] = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "/Approval/Approval" in str(allowed(statements, "codepipeline:PutApprovalResult"))
    assert allowed(statements, "codepipeline:StartPipelineExecution")
    stages = str(allowed(statements, "codepipeline:RollbackStage"))
    assert "/Deploy-staging" in stages
    assert "/Deploy-prod" in stages


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"environments": []}, "environments must name at least one environment, got: none"),
        ({"environments": [STAGING, STAGING]}, "environments[1].name must be unique, got twice: staging"),
        (
            {"environments": [DeliveryEnvironment("prod", stacks=["*"])]},
            "environments[0].stacks[0] must be a stack's name, such as churn-prod-*, that does not begin with",
        ),
        (
            {"environments": [DeliveryEnvironment("prod", stacks=["a"], alarms=list("abcdef"))]},
            "environments[0].alarms may hold at most 5 entries, got: 6",
        ),
        (
            {
                "environments": [
                    DeliveryEnvironment(
                        "prod", stacks=["a"], account="1" * 12, role_arn="arn:aws:iam::222222222222:role/x"
                    )
                ]
            },
            "environments[0].role_arn must be a role of the account 111111111111",
        ),
        ({"repository": ConnectedRepository("churn")}, "repository.name must be owner and name"),
        (
            {"repository": ConnectedRepository("o/c", paths=[f"{each}/**" for each in range(9)])},
            "repository.paths may hold at most 8 entries, got: 9",
        ),
        (
            {"repository": ConnectedRepository("o/c", ignored_paths=["a" * 256])},
            "repository.ignored_paths[0] must have 1 to 255 characters, got: 256",
        ),
        ({"steps": DeliverySteps(smoke=[])}, "steps.smoke must have at least one command, got: none"),
        (
            {"approval_timeout": Duration.minutes(4)},
            "approval_timeout in minutes must be between 5 and 86400, got: 4",
        ),
        ({"log_days": 8}, "log_days must be one of 1, 3, 5"),
        (
            {"execution_mode": "PARALLEL"},
            "stages[3].on_failure.result is refused by AWS: Stage rollback is not available in pipelines",
        ),
    ],
)
def test_what_is_refused(stack: Stack, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _pipeline(stack, **arguments)
    assert str(refused.value).startswith(f"Stack/Delivery: {said}")
