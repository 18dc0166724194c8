"""Roles, models and endpoints of different stacks: no stack comes to depend on one that depends on it."""

from typing import Any, cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_job import TransformJob
from sagemaker_constructs.serving.transform.transform_output import TransformOutput

IMAGE = ModelImage.from_directory("tests/unit/image")


@pytest.fixture
def other(app: App) -> Stack:
    return Stack(app, "Other", env=Environment(region="us-east-1"))


def _role(scope: Stack) -> iam.IRole:
    return cast(iam.IRole, iam.Role(scope, "Given", assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal())))


def _policies(stack: Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))


def _endpoint(scope: Stack, key: kms.IKey, model: Model, name: str = "Api", **options: Any) -> RealTimeEndpoint:
    return RealTimeEndpoint(scope, name, model=model, instance_type="ml.c7i.large", encryption_key=key, **options)


def test_an_endpoint_of_another_stack_brings_its_rights_to_the_model_s_role(
    app: App, stack: Stack, other: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    model = Model(stack, "Churn", image=IMAGE)
    _endpoint(other, key, model, capture=DataCapture(bucket=bucket))
    app.synth()
    [(name, policy)] = _policies(other).items()
    assert "Fn::ImportValue" in str(policy["Properties"]["Roles"])
    for action in ("cloudwatch:DescribeAlarms", "s3:PutObject"):
        assert allowed(statements(other), action)
        assert not allowed(statements(stack), action)
    Template.from_stack(other).has_resource("AWS::SageMaker::Endpoint", {"DependsOn": [name]})
    assert stack.dependencies == []


def test_an_asynchronous_endpoint_and_a_transform_of_another_stack(
    app: App, stack: Stack, other: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    model = Model(stack, "Churn", image=IMAGE)
    AsyncEndpoint(other, "Scoring", model=model, instance_type="ml.c7i.large", output=bucket, encryption_key=key)
    transform = BatchTransform(
        other,
        "Transform",
        model=model,
        input=TransformInput(bucket, "in"),
        output=TransformOutput(bucket, "out"),
        encryption_key=key,
        instance_type="ml.m5.large",
    )
    TransformJob(other, "Now", definition=transform)
    transform.schedule("Nightly", "rate(1 day)")
    transform.on_new_data("Arrivals")
    app.synth()
    assert stack.dependencies == []
    assert allowed(statements(other), "s3:PutObject")
    assert not allowed(statements(stack), "s3:PutObject")


def test_two_endpoints_on_one_model_have_policies_with_different_names(
    app: App, stack: Stack, other: Stack, key: kms.IKey
) -> None:
    model = Model(stack, "Churn", image=IMAGE)
    _endpoint(stack, key, model)
    _endpoint(stack, key, model, "Second")
    # The same path below its stack as the first.
    _endpoint(other, key, model)
    app.synth()
    found = [*_policies(stack).values(), *_policies(other).values()]
    names = [policy["Properties"]["PolicyName"] for policy in found]
    assert len(names) == 3
    assert len(set(names)) == 3


@pytest.mark.parametrize("imported", [False, True])
def test_a_given_role_has_one_policy_of_each_that_uses_it(
    app: App, stack: Stack, other: Stack, key: kms.IKey, imported: bool
) -> None:
    arn = "arn:aws:iam::123456789012:role/given"
    roles = {scope: iam.Role.from_role_arn(scope, "Given", arn) if imported else None for scope in (stack, other)}
    own = None if imported else _role(stack)
    for scope in (stack, other):
        model = Model(scope, "Churn", image=IMAGE, role=roles[scope] or own)
        _endpoint(scope, key, model)
    app.synth()
    found = {scope: _policies(scope) for scope in (stack, other)}
    names = [policy["Properties"]["PolicyName"] for each in found.values() for policy in each.values()]
    assert len(names) == 4
    # IAM knows a role's policies by their names: with one name, each deployment would undo the other.
    assert len(set(names)) == 4
    for scope, policies in found.items():
        template = Template.from_stack(scope)
        [model] = template.find_resources("AWS::SageMaker::Model").values()
        [endpoint] = template.find_resources("AWS::SageMaker::Endpoint").values()
        [pulling] = [name for name, policy in policies.items() if "ecr:BatchGetImage" in str(policy)]
        assert pulling in model["DependsOn"]
        assert set(policies) - {pulling} <= set(endpoint["DependsOn"])
    assert stack.dependencies == []


def test_a_given_role_that_takes_no_policies_gets_none(app: App, stack: Stack, key: kms.IKey) -> None:
    role = iam.Role.from_role_arn(stack, "Given", "arn:aws:iam::123456789012:role/given", mutable=False)
    _endpoint(stack, key, Model(stack, "Churn", image=IMAGE, role=role))
    app.synth()
    template = Template.from_stack(stack)
    assert _policies(stack) == {}
    resources = template.to_json()["Resources"]
    for resource in resources.values():
        assert set(resource.get("DependsOn", [])) <= set(resources)
    template.has_resource_properties(
        "AWS::SageMaker::Model", {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/given"}
    )
