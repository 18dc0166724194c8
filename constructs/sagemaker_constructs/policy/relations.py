"""What of an app SageMaker works with: roles that it assumes, buckets, networks and keys that it is given, APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import PolicyStatement, document_statements, statements_of
from sagemaker_constructs.policy.requests import requests_of

IAM_TYPES = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
"""The types whose statements say what a role may do."""

_INVOCATIONS = (
    "sagemaker:InvokeEndpoint",
    "sagemaker:InvokeEndpointAsync",
    "sagemaker:InvokeEndpointWithResponseStream",
)


def is_execution_role(role: TemplateResource) -> bool:
    """Whether SageMaker assumes ``role``."""
    trusted = document_statements(role.value("AssumeRolePolicyDocument"), "")
    return role.type == "AWS::IAM::Role" and any(
        "Service:sagemaker.amazonaws.com" in each.principals for each in trusted
    )


def identity_statements(subject: TemplateResource) -> Iterator[PolicyStatement]:
    """What roles may do by ``subject``, a role or a policy; who may assume a role is another matter."""
    for statement in statements_of(subject.type, subject.properties):
        if statement.allows and not statement.path.startswith("AssumeRolePolicyDocument"):
            yield statement


def is_of_sagemaker(subject: TemplateResource) -> bool:
    """Whether ``subject`` is a resource or a request of SageMaker, or says what an execution role may do."""
    if subject.type.startswith(("AWS::SageMaker::", "Custom::SageMaker")) or any(requests_of(subject)):
        return True
    if subject.type in IAM_TYPES:
        around = (subject, *subject.landscape.links[subject])
        return any(is_execution_role(each) for each in around)
    return False


@cache
def used_by_sagemaker(subject: TemplateResource) -> bool:
    """Whether SageMaker, or a role that it assumes, is given ``subject``."""
    return any(is_of_sagemaker(each) for each in subject.landscape.users[subject])


def variants_of(
    endpoint: TemplateResource,
) -> tuple[TemplateResource | None, tuple[tuple[str, Mapping[str, Any]], ...]]:
    """The configuration of ``endpoint``, if the app has it, and path and content of its variants on instances."""
    configuration = endpoint.landscape.referred(endpoint, endpoint.value("EndpointConfigName"))
    if configuration is None or configuration.type != "AWS::SageMaker::EndpointConfig":
        return None, ()
    return configuration, tuple(instance_variants(configuration))


def instance_variants(configuration: TemplateResource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Path and content of the production variants that run on instances."""
    for path, variant in configuration.members("ProductionVariants"):
        if not variant.get("ServerlessConfig"):
            yield path, variant


def scalable_targets_of(endpoint: TemplateResource) -> Iterator[tuple[str, TemplateResource]]:
    """Name of the variant, and scalable target, of each variant of ``endpoint`` whose instances scale."""
    for target in endpoint.landscape.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        kind, _, rest = target.text("ResourceId").partition("/")
        name, _, variant = rest.rpartition("/variant/")
        of_instances = target.text("ScalableDimension") in ("", "sagemaker:variant:DesiredInstanceCount")
        if kind == "endpoint" and of_instances and names_endpoint(target, "ResourceId", name, endpoint):
            yield variant, target


def names_endpoint(subject: TemplateResource, path: str, name: str, endpoint: TemplateResource) -> bool:
    """Whether ``name``, which stands in the text at ``path`` of ``subject``, is that of ``endpoint``."""
    if name and name == endpoint.text("EndpointName"):
        return True
    return name.startswith("${") and subject.landscape.referred(subject, subject.value(path)) is endpoint


def endpoint_of(target: TemplateResource) -> TemplateResource | None:
    """The endpoint whose variant ``target`` scales."""
    endpoints = target.landscape.of_type("AWS::SageMaker::Endpoint")
    return next((each for each in endpoints if target in [found for _, found in scalable_targets_of(each)]), None)


def is_asynchronous(endpoint: TemplateResource | None) -> bool:
    """Whether requests to ``endpoint`` wait in a queue."""
    configuration = variants_of(endpoint)[0] if endpoint else None
    return configuration is not None and not configuration.lacks("AsyncInferenceConfig")


@cache
def is_serverless_only(model: TemplateResource) -> bool:
    """Whether ``model`` is served without instances alone, which neither network isolation nor a VPC is for."""
    serving: list[Mapping[str, Any]] = []
    for user in model.landscape.users[model]:
        for _, variant in user.members("ProductionVariants"):
            if model.landscape.referred(user, variant.get("ModelName")) is model:
                serving.append(variant)
    return bool(serving) and all(each.get("ServerlessConfig") for each in serving)


@cache
def invokes_endpoints(function: TemplateResource) -> bool:
    """Whether the role of a Lambda function may invoke endpoints."""
    role = function.landscape.referred(function, function.value("Role"))
    if role is None:
        return False
    policies = [each for each in role.landscape.users[role] if each.type in IAM_TYPES]
    return any(
        statement.covers(*_INVOCATIONS) for each in (role, *policies) for statement in identity_statements(each)
    )


@cache
def is_front_door(api: TemplateResource) -> bool:
    """Whether an API leads to an endpoint: by itself, or through a function that may invoke one."""
    for user in api.landscape.users[api]:
        text = user.text("Integration.Uri") + user.text("IntegrationUri")
        called = [each for each in api.landscape.links[user] if each.type == "AWS::Lambda::Function"]
        if "runtime.sagemaker" in text or any(invokes_endpoints(each) for each in called):
            return True
    return False
