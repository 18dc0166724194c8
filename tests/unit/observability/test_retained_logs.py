import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.observability.retained_logs import RETENTION_DAYS, RetainedLogs
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.variants.variant import Variant

IMAGE = ModelImage.from_directory("tests/unit/image")


def _kept(stack: Stack) -> dict[str, int]:
    """Days by group."""
    resources = Template.from_stack(stack).find_resources("Custom::SageMakerLogRetention").values()
    return {
        resource["Properties"]["LogGroupName"]: resource["Properties"]["RetentionInDays"] for resource in resources
    }


def test_the_group_is_made_or_found_and_then_kept_for_so_long(stack: Stack) -> None:
    RetainedLogs(stack, "Logs", group="/aws/sagemaker/Endpoints/churn", days=30)
    template = Template.from_stack(stack)
    [retention] = template.find_resources("Custom::SageMakerLogRetention").values()
    [(name, function)] = template.find_resources("AWS::Lambda::Function").items()
    assert retention["Properties"] == {
        "ServiceToken": {"Fn::GetAtt": [name, "Arn"]},
        "LogGroupName": "/aws/sagemaker/Endpoints/churn",
        "RetentionInDays": 30,
    }
    assert function["Properties"]["Handler"] == "lambdas.log_retention.handler.handler"
    template.resource_properties_count_is("AWS::Logs::LogGroup", {"RetentionInDays": 365}, 1)


def test_its_rights_end_with_the_groups_and_come_first(stack: Stack) -> None:
    for name in ("churn", "fraud"):
        RetainedLogs(stack, name, group=f"/aws/sagemaker/Endpoints/{name}", days=30)
    template = Template.from_stack(stack)
    [(name, role)] = template.find_resources("AWS::IAM::Role").items()
    template.resource_count_is("AWS::IAM::Policy", 0)
    [policy] = role["Properties"]["Policies"]
    own, statement = policy["PolicyDocument"]["Statement"]
    assert own["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert own["Resource"]["Fn::GetAtt"][0] in template.find_resources("AWS::Logs::LogGroup")
    assert statement["Action"] == ["logs:CreateLogGroup", "logs:PutRetentionPolicy"]
    assert [each["Fn::Join"][1][-1] for each in statement["Resource"]] == [
        f":log-group:/aws/sagemaker/Endpoints/{name}{rest}" for name in ("churn", "fraud") for rest in ("", ":*")
    ]
    template.has_resource_properties("AWS::Lambda::Function", {"Role": {"Fn::GetAtt": [name, "Arn"]}})


def test_each_function_has_a_policy_that_iam_takes(stack: Stack) -> None:
    names = [f"/aws/sagemaker/Endpoints/{index:02}-{'x' * 60}" for index in range(26)]
    for index, name in enumerate(names):
        RetainedLogs(stack, f"Logs{index}", group=name, days=30)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::Lambda::Function", 2)
    served: dict[str, set[str]] = {}
    for resource in template.find_resources("Custom::SageMakerLogRetention").values():
        function = resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
        served.setdefault(function, set()).add(resource["Properties"]["LogGroupName"])
    assert sorted(len(groups) for groups in served.values()) == [1, 25]
    for function, resource in template.find_resources("AWS::Lambda::Function").items():
        role = resource["Properties"]["Role"]["Fn::GetAtt"][0]
        [policy] = template.to_json()["Resources"][role]["Properties"]["Policies"]
        document = policy["PolicyDocument"]
        for action in ("logs:CreateLogGroup", "logs:PutRetentionPolicy"):
            arns = [each["Fn::Join"][1][-1] for each in allowed(document["Statement"], action)]
            expected = {f":log-group:{group}{rest}" for group in served[function] for rest in ("", ":*")}
            assert set(arns) == expected
        # References become shorter than their names in a template; IAM counts no white space.
        assert len(json.dumps(document, separators=(",", ":"))) < 10_240


def test_every_stack_has_functions_of_its_own(app: cdk.App, stack: Stack) -> None:
    other = Stack(app, "Other", env=cdk.Environment(region="us-east-1"))
    for each in (stack, other):
        RetainedLogs(each, "Logs", group="/aws/sagemaker/Endpoints/churn", days=30)
    for each in (stack, other):
        Template.from_stack(each).resource_count_is("AWS::Lambda::Function", 1)


def test_every_kind_keeps_its_logs_for_a_year(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    model = Model(stack, "Model", image=IMAGE, network_isolation=False)
    real_time = RealTimeEndpoint(stack, "Api", variants=[Variant(model, "ml.c7i.large")], encryption_key=key)
    serverless = ServerlessEndpoint(stack, "Serverless", model=model)
    asynchronous = AsyncEndpoint(
        stack, "Async", model=model, instance_type="ml.c7i.large", output=bucket, encryption_key=key
    )
    shared = SharedEndpoint(stack, "Shared", instance_type="ml.c7i.large", encryption_key=key)
    component = InferenceComponent(
        stack, "Component", endpoint=shared, container=ModelContainer(IMAGE), memory_mb=1024, log_retention_days=7
    )
    kept = _kept(stack)
    endpoints = (real_time, serverless, asynchronous, shared)
    assert kept == {
        **{f"/aws/sagemaker/Endpoints/{endpoint.endpoint_name}": 365 for endpoint in endpoints},
        f"/aws/sagemaker/InferenceComponents/{component.component_name}": 7,
    }
    Template.from_stack(stack).resource_count_is("AWS::Lambda::Function", 1)


@pytest.mark.parametrize("days", RETENTION_DAYS)
def test_what_cloudwatch_knows_is_allowed(stack: Stack, days: int) -> None:
    RetainedLogs(stack, "Logs", group="/aws/sagemaker/Endpoints/churn", days=days)


@pytest.mark.parametrize("days", [0, 2, 364, 3654])
def test_what_cloudwatch_does_not_know_is_refused(stack: Stack, key: kms.IKey, days: int) -> None:
    with pytest.raises(InvalidInput, match=f"days must be one of 1, 3, 5, .* got: {days}"):
        RetainedLogs(stack, "Logs", group="/aws/sagemaker/Endpoints/churn", days=days)
    with pytest.raises(InvalidInput, match=f"log_retention_days must be one of 1, 3, 5, .* got: {days}"):
        SharedEndpoint(stack, "Shared", instance_type="ml.c7i.large", encryption_key=key, log_retention_days=days)


def test_cdk_nag_finds_nothing_unacknowledged(context: dict[str, Any], tmp_path: Path) -> None:
    app = cdk.App(context=context, outdir=str(tmp_path / "cdk.out"))
    stack = Stack(app, "Stack", env=cdk.Environment(region="us-east-1"))
    for name in ("one", "two"):
        RetainedLogs(stack, name, group=f"/aws/sagemaker/Endpoints/{name}", days=30)
    packs = (
        cdk_nag.AwsSolutionsChecks,
        cdk_nag.HIPAASecurityChecks,
        cdk_nag.NIST80053R4Checks,
        cdk_nag.NIST80053R5Checks,
        cdk_nag.PCIDSS321Checks,
    )
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in packs])
    app.synth()
