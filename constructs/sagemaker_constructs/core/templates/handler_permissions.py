"""Which actions CloudFormation calls for a resource, as the resource's own schema lists them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("handler_permissions.json")
_CUSTOM = ("lambda:InvokeFunction",)


def handler_actions(resource_type: str) -> frozenset[str] | None:
    """The actions that whoever deploys a resource of this type needs, such as ``sagemaker:CreateEndpoint``.

    Custom resources need the call of their function, and ``AWS::CDK::Metadata`` nothing. None for a type that is not
    known here. Written by ``python -m tools.handler_permissions`` from the schemas that CloudFormation publishes.

    See https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return frozenset(_CUSTOM)
    if resource_type in (
        "AWS::CDK::Metadata",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::WaitConditionHandle",
    ):
        return frozenset()
    found = _known().get(resource_type)
    if found is None:
        return None
    return frozenset(f"{service}:{verb}" for service, verbs in found.items() for verb in verbs)


@cache
def _known() -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found
