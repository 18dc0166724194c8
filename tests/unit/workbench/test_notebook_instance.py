"""A notebook instance: what it is by default, what it may do, and what is refused."""

from typing import Any

import pytest
from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Annotations, Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput

NOTEBOOK = "AWS::SageMaker::NotebookInstance"
LIFECYCLE = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
SCHEDULE = "AWS::Scheduler::Schedule"


def _notebook(stack: Stack, **given: Any) -> sm.NotebookInstance:
    placement = given.pop("placement", None)
    return sm.NotebookInstance(stack, "Notebook", placement=placement, **given)


def _statement(stack: Stack, action: str) -> dict[str, Any]:
    [found] = [each for each in statements(stack) if action in actions_of(each)]
    return found


def test_it_is_private_encrypted_without_root_and_stays(
    stack: Stack, key: kms.IKey, placement: sm.VpcPlacement
) -> None:
    _notebook(stack, placement=placement, encryption_key=key)
    template = Template.from_stack(stack)
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    for kind in (NOTEBOOK, LIFECYCLE, "AWS::IAM::Role", "AWS::IAM::Policy"):
        template.has_resource(kind, kept)
    template.has_resource_properties(
        NOTEBOOK,
        {
            "DirectInternetAccess": "Disabled",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
            "InstanceType": "ml.t3.medium",
            "KmsKeyId": stack.resolve(key.key_arn),
            "PlatformIdentifier": "notebook-al2023-v1",
            "RootAccess": "Disabled",
            "SecurityGroupIds": ["sg-0a1b2c3d"],
            "SubnetId": "subnet-0a1b2c3d",
            "VolumeSizeInGB": 20,
        },
    )


def test_without_a_network_it_has_sagemakers_own(stack: Stack) -> None:
    _notebook(stack)
    Template.from_stack(stack).has_resource_properties(
        NOTEBOOK, {"DirectInternetAccess": "Enabled", "SubnetId": Match.absent()}
    )


def test_it_may_stop_itself_and_nothing_else(stack: Stack) -> None:
    _notebook(stack)
    [notebook] = Template.from_stack(stack).find_resources(NOTEBOOK)
    found = _statement(stack, "sagemaker:StopNotebookInstance")
    assert actions_of(found) == ["sagemaker:StopNotebookInstance"]
    assert found["Resource"] == {"Ref": notebook}


def test_a_lifecycle_without_it_leaves_no_such_right_and_warns(stack: Stack) -> None:
    _notebook(stack, lifecycle=sm.NotebookLifecycle(stack, "Plain", on_start=[]))
    assert "sagemaker:StopNotebookInstance" not in str(statements(stack))
    billed = Match.string_like_regexp("billed for each hour until somebody stops it")
    Annotations.from_stack(stack).has_warning("/Stack/Notebook", billed)


@pytest.mark.parametrize("stops", ["idle", "hours"])
def test_what_stops_it_keeps_the_warning_away(stack: Stack, stops: str) -> None:
    if stops == "idle":
        _notebook(stack)
    else:
        plain = sm.NotebookLifecycle(stack, "Plain", on_start=[])
        _notebook(stack, lifecycle=plain, office_hours=sm.OfficeHours(stop="cron(0 19 ? * MON-FRI *)"))
    Annotations.from_stack(stack).has_no_warning("*", Match.any_value())


def test_office_hours_start_and_stop_this_one_in_their_time_zone(stack: Stack) -> None:
    hours = sm.OfficeHours(
        stop="cron(0 19 ? * MON-FRI *)", start="cron(0 8 ? * MON-FRI *)", time_zone="Europe/Berlin"
    )
    _notebook(stack, office_hours=hours)
    template = Template.from_stack(stack)
    [notebook] = template.find_resources(NOTEBOOK)
    schedules = [each["Properties"] for each in template.find_resources(SCHEDULE).values()]
    assert {(each["ScheduleExpression"], each["ScheduleExpressionTimezone"]) for each in schedules} == {
        ("cron(0 19 ? * MON-FRI *)", "Europe/Berlin"),
        ("cron(0 8 ? * MON-FRI *)", "Europe/Berlin"),
    }
    for each in schedules:
        assert each["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 600, "MaximumRetryAttempts": 10}
        assert f"['{notebook}', 'NotebookInstanceName']" in str(each["Target"]["Input"])
    found = _statement(stack, "sagemaker:StartNotebookInstance")
    assert actions_of(found) == ["sagemaker:StopNotebookInstance", "sagemaker:StartNotebookInstance"]
    assert found["Resource"] == {"Ref": notebook}


def test_hours_that_only_stop_may_not_start(stack: Stack) -> None:
    _notebook(stack, office_hours=sm.OfficeHours(stop="cron(0 19 ? * MON-FRI *)"))
    Template.from_stack(stack).resource_count_is(SCHEDULE, 1)
    assert "sagemaker:StartNotebookInstance" not in str(statements(stack))


def test_repositories_are_cloned_with_their_secrets(stack: Stack) -> None:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "git/churn")
    _notebook(
        stack,
        repositories=[
            sm.GitRepository("https://git.example.com/churn.git", branch="main", secret=secret),
            sm.GitRepository("https://git.example.com/public.git"),
        ],
    )
    template = Template.from_stack(stack)
    [repository] = template.find_resources("AWS::SageMaker::CodeRepository")
    template.has_resource_properties(
        NOTEBOOK,
        {
            "DefaultCodeRepository": {"Fn::GetAtt": [repository, "CodeRepositoryName"]},
            "AdditionalCodeRepositories": ["https://git.example.com/public.git"],
        },
    )
    found = _statement(stack, "secretsmanager:GetSecretValue")
    assert str(found["Resource"]).endswith("git/churn-??????']]}")


def test_people_are_let_in_by_name(stack: Stack) -> None:
    notebook = _notebook(stack)
    role = iam.Role.from_role_name(stack, "Person", "data-scientists")
    notebook.grant_open(role)
    notebook.grant_stop(role)
    found = _statement(stack, "sagemaker:CreatePresignedNotebookInstanceUrl")
    assert found["Resource"] == stack.resolve(notebook.arn)
    assert "sagemaker:StartNotebookInstance" in actions_of(found)


def test_a_role_of_ones_own_is_used_and_waited_for(stack: Stack, bucket: s3.IBucket) -> None:
    role = iam.Role.from_role_name(stack, "Role", "notebooks")
    tools = sm.NotebookLifecycle(stack, "Tools", on_start=[sm.MountedBucket(bucket, "data")])
    _notebook(stack, role=role, lifecycle=tools)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 0)
    [policy] = template.find_resources("AWS::IAM::Policy")
    [notebook] = template.find_resources(NOTEBOOK).values()
    assert policy in notebook["DependsOn"]


def test_a_removal_policy_deletes_instance_role_and_lifecycle(stack: Stack) -> None:
    _notebook(stack, removal_policy=RemovalPolicy.DESTROY)
    template = Template.from_stack(stack)
    for kind in (NOTEBOOK, LIFECYCLE, "AWS::IAM::Role"):
        template.has_resource(kind, {"DeletionPolicy": "Delete"})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"instance_type": "ml.t3.mediun"}, "instance_type must be a known value, got: 'ml.t3.mediun'; did you mean"),
        ({"volume_gb": 4}, "volume_gb must be between 5 and 16384, got: 4"),
        (
            {"platform": "notebook-al2-v3"},
            "platform is refused by AWS: A notebook instance runs on Amazon Linux 2023",
        ),
        (
            {"repositories": [sm.GitRepository("https://me:token@git.example.com/churn.git")]},
            r"repositories\[0\].url must be an https address without a name or a password",
        ),
        (
            {"repositories": [sm.GitRepository("https://git.example.com/churn.git")] * 5},
            "repositories may hold at most 4 entries, got: 5",
        ),
        ({"office_hours": sm.OfficeHours(stop="19:00")}, "office_hours.stop must be cron"),
        (
            {"office_hours": sm.OfficeHours(stop="rate(1 day)", time_zone="Berlin time")},
            "office_hours.time_zone must be an IANA name, got: 'Berlin time'",
        ),
    ],
)
def test_what_sagemaker_refuses_is_refused(stack: Stack, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        _notebook(stack, **given)
