"""What AWS would refuse of a resource: the catalogue of its rules, asked with the properties of templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Breach, Request, breaches, rules
from sagemaker_constructs.core.templates.intrinsics import flat_text, is_intrinsic, is_list, is_structure
from sagemaker_constructs.core.templates.landscape import Landscape, TemplateResource

_CALLS: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "RegisterScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "PutScalingPolicy",
    "AWS::Glue::DataQualityRuleset": "CreateDataQualityRuleset",
    "AWS::Lambda::EventSourceMapping": "CreateEventSourceMapping",
    "AWS::RedshiftServerless::Namespace": "CreateNamespace",
    "AWS::RedshiftServerless::Workgroup": "CreateWorkgroup",
    "AWS::SSM::Parameter": "PutParameter",
}
"""The call behind a type of resource, where it is not ``Create`` and the type's name."""

_KINDS: Mapping[str, str] = {
    "EndpointConfig": "AWS::SageMaker::EndpointConfig",
    "Endpoint": "AWS::SageMaker::Endpoint",
    "Model": "AWS::SageMaker::Model",
    "Domain": "AWS::SageMaker::Domain",
    "Workforce": "AWS::SageMaker::Workforce",
}
"""What the catalogue calls the resources that requests refer to."""

CONTROLS: Mapping[str, str] = {"notebooks-run-on-amazon-linux-2023": "SageMaker.8"}
"""Rules of the catalogue that Security Hub asks for too, and the control."""

_OF_STATE = {"images-have-docker-manifests"}
"""Rules that look at what only a registry has."""

_MARK = "${{Token[{}]}}".format


def refusals(subject: TemplateResource) -> Iterator[Breach]:
    """What AWS would refuse of ``subject``; nothing for what its rules say nothing about.

    A request without what its shape requires is left to CloudFormation, which refuses it before.
    """
    call = _call(subject)
    if call not in {name for each in rules().values() for name in (each.operation, *each.also)}:
        return

    def find(kind: str, name: str) -> Request | None:
        return _found(subject.landscape, subject, kind, name)

    try:
        found = [
            each for each in breaches(call, _request(subject), find, "emulator") if each.rule.id not in _OF_STATE
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    yield from found


def _call(subject: TemplateResource) -> str:
    if subject.type in _CALLS:
        return _CALLS[subject.type]
    if subject.type.startswith("AWS::SageMaker::"):
        return "Create" + subject.type.removeprefix("AWS::SageMaker::")
    return subject.type


def _request(subject: TemplateResource) -> Request:
    request = tokenized(subject.properties)
    if subject.type == "AWS::SageMaker::Pipeline":
        request["PipelineDefinition"] = flat_text(subject.value("PipelineDefinition.PipelineDefinitionBody"), _MARK)
    return request


def tokenized(value: Any) -> Any:
    """``value`` with tokens in place of references, as the catalogue gets them from constructs."""
    if is_intrinsic(value):
        return flat_text(value, _MARK)
    if is_structure(value):
        return {name: tokenized(each) for name, each in value.items()}
    return [tokenized(each) for each in value] if is_list(value) else value


def _found(landscape: Landscape, subject: TemplateResource, kind: str, name: str) -> Request | None:
    wanted = _KINDS.get(kind)
    if wanted is None or not name:
        return None
    referred = landscape.called(subject.stack, name.removeprefix("${Token[").partition("]")[0].partition(".")[0])
    if referred is None or referred.type != wanted:
        named = (each for each in landscape.of_type(wanted) if each.text(f"{kind}Name") == name)
        referred = next(named, None)
    return None if referred is None else tokenized(referred.properties)
