"""An MLflow app, a server and an imported one: what they make, allow and refuse, and what a job gets of them."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match, Template

import sagemaker_constructs as sm
from harness.policies import actions_of, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.tracking.owned_tracking import tracking_regions

APP = "AWS::SageMaker::MlflowApp"
SERVER = "AWS::SageMaker::MlflowTrackingServer"
APP_ARN = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-0a1b2c3d4e5f"
SERVER_ARN = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/runs"


def _in(region: str) -> Stack:
    return Stack(App(), "Stack", env=Environment(account="123456789012", region=region))


def _allowed(stack: Stack) -> set[str]:
    return {action for each in statements(stack) for action in actions_of(each)}


def _training(stack: Stack, bucket: s3.IBucket, **given: Any) -> sm.TrainingDefinition:
    return sm.TrainingDefinition(
        stack,
        "Training",
        image=sm.ModelImage.from_directory("tests/unit/image"),
        output=bucket,
        instance_type="ml.m5.large",
        **given,
    )


@pytest.mark.parametrize(("make", "type_"), [(sm.MlflowApp, APP), (sm.MlflowTrackingServer, SERVER)])
def test_runs_outlive_the_stack_with_the_role_that_reads_their_artifacts(
    stack: Stack, bucket: s3.IBucket, make: type[sm.MlflowApp], type_: str
) -> None:
    make(stack, "Runs", artifacts=bucket)
    template = Template.from_stack(stack)
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    template.has_resource(type_, kept)
    template.has_resource("AWS::IAM::Role", kept)


def test_an_app_registers_no_models_unless_asked(stack: Stack, bucket: s3.IBucket) -> None:
    sm.MlflowApp(stack, "Runs", artifacts=bucket, artifact_prefix="/tracked/")
    template = Template.from_stack(stack)
    [app] = template.find_resources(APP).values()
    assert app["Properties"]["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"
    assert app["Properties"]["ArtifactStoreUri"] == {
        "Fn::Join": ["", ["s3://", stack.resolve(bucket.bucket_name), "/tracked"]]
    }
    assert _allowed(stack) == {
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    }


def test_registration_brings_its_rights(stack: Stack, bucket: s3.IBucket) -> None:
    sm.MlflowTrackingServer(stack, "Runs", artifacts=bucket, registers_models=True, size="Medium")
    template = Template.from_stack(stack)
    template.has_resource_properties(SERVER, {"AutomaticModelRegistration": True, "TrackingServerSize": "Medium"})
    assert {"sagemaker:CreateModelPackage", "sagemaker:CreateModelPackageGroup"} < _allowed(stack)


def test_a_server_tells_what_it_costs_and_an_app_does_not(stack: Stack, bucket: s3.IBucket) -> None:
    sm.MlflowApp(stack, "App", artifacts=bucket)
    billed = Match.string_like_regexp("billed for each hour until StopMlflowTrackingServer")
    Annotations.from_stack(stack).has_no_warning("*", billed)
    sm.MlflowTrackingServer(stack, "Server", artifacts=bucket)
    Annotations.from_stack(stack).has_warning("/Stack/Server", billed)


def test_a_removal_policy_deletes_runs_and_role(stack: Stack, bucket: s3.IBucket) -> None:
    sm.MlflowApp(stack, "Runs", artifacts=bucket, removal_policy=RemovalPolicy.DESTROY)
    template = Template.from_stack(stack)
    template.has_resource(APP, {"DeletionPolicy": "Delete"})
    template.has_resource("AWS::IAM::Role", {"DeletionPolicy": "Delete"})


def test_a_role_of_ones_own_is_used_and_waited_for(stack: Stack, bucket: s3.IBucket) -> None:
    role = iam.Role.from_role_name(stack, "Role", "runs")
    sm.MlflowApp(stack, "Runs", artifacts=bucket, role=role)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 0)
    [policy] = template.find_resources("AWS::IAM::Policy")
    [app] = template.find_resources(APP).values()
    assert policy in app["DependsOn"]


def test_every_action_is_named_and_on_this_one_resource(stack: Stack, bucket: s3.IBucket) -> None:
    role = iam.Role.from_role_name(stack, "Role", "data-scientists")
    app = sm.MlflowApp.from_arn(stack, "App", APP_ARN, artifacts=bucket)
    server = sm.MlflowTrackingServer.from_arn(stack, "Server", SERVER_ARN, artifacts=bucket, artifact_prefix="runs")
    app.grant_log(role)
    app.grant_open(role)
    server.grant_read(role)
    found = [each for each in statements(stack) if "mlflow" in str(each["Action"]).lower()]
    assert {each["Resource"] for each in found} == {APP_ARN, SERVER_ARN}
    actions = {arn: _actions(found, arn) for arn in (APP_ARN, SERVER_ARN)}
    assert {"sagemaker:CallMlflowAppApi", "sagemaker-mlflow:LogBatch", "sagemaker-mlflow:AccessUI"} < actions[APP_ARN]
    assert "sagemaker:CreatePresignedMlflowAppUrl" in actions[APP_ARN]
    assert "sagemaker:CallMlflowAppApi" not in actions[SERVER_ARN]
    assert "sagemaker-mlflow:SearchRuns" in actions[SERVER_ARN]
    assert not any("*" in action for each in actions.values() for action in each)
    assert not any("Log" in action or "Create" in action for action in actions[SERVER_ARN])


def _actions(found: list[dict[str, Any]], arn: str) -> set[str]:
    return {action for each in found if each["Resource"] == arn for action in actions_of(each)}


@pytest.mark.parametrize(
    ("make", "region", "words"),
    [
        (sm.MlflowApp, "eu-south-1", "is not available in eu-south-1; use MlflowTrackingServer"),
        (sm.MlflowTrackingServer, "us-gov-west-1", "is not available in us-gov-west-1; use one of another region"),
    ],
)
def test_a_region_without_it_is_refused(make: type[sm.MlflowApp], region: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        make(_in(region), "Runs")


def test_regions_are_those_of_the_resource_schemas() -> None:
    package = find_spec("cfnlint")
    assert package
    assert package.origin
    schemas = {
        each.stem: each.read_text() for each in Path(package.origin).parent.glob("data/schemas/providers/*.json")
    }
    assert len(schemas) > 40
    for kind in ("MlflowApp", "MlflowTrackingServer"):
        having = [region for region, types in schemas.items() if f'AWS::SageMaker::{kind}"' in types]
        assert sorted(having) == list(tracking_regions(kind))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "two--hyphens-"}, "name must be 1 to 256 letters, digits and single hyphens, got: 'two--hyphens-'"),
        ({"artifact_prefix": "/"}, "artifact_prefix must not be empty"),
    ],
)
def test_what_sagemaker_refuses_is_refused(
    stack: Stack, bucket: s3.IBucket, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        sm.MlflowApp(stack, "Runs", artifacts=bucket, **given)


def test_the_arn_of_something_else_is_refused(stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="arn must be the ARN of an mlflow-app, got"):
        sm.MlflowApp.from_arn(stack, "App", SERVER_ARN, artifacts=bucket)


def test_a_tracked_job_finds_mlflow_and_may_write_there(stack: Stack, bucket: s3.IBucket, key: kms.IKey) -> None:
    app = sm.MlflowApp.from_arn(stack, "App", APP_ARN, artifacts=bucket)
    given = {"tracking": app, "network_isolation": False, "encryption_key": key}
    definition = _training(stack, bucket, environment={"LEVEL": "1"}, **given)
    assert definition.request["Environment"] == {
        "MLFLOW_TRACKING_URI": APP_ARN,
        "MLFLOW_EXPERIMENT_NAME": definition.name_prefix,
        "LEVEL": "1",
    }
    assert "sagemaker-mlflow:CreateRun" in _allowed(stack)


def test_an_isolated_job_cannot_be_tracked(stack: Stack, bucket: s3.IBucket) -> None:
    app = sm.MlflowApp.from_arn(stack, "App", APP_ARN, artifacts=bucket)
    with pytest.raises(InvalidInput, match="network_isolation must be False for tracking"):
        _training(stack, bucket, tracking=app)
