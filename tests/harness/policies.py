"""What roles may do, wherever a template says it: inside the role or in a policy that is attached to it."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import Stack
from aws_cdk.assertions import Template

Resources = Mapping[str, Mapping[str, Any]]


def statements(stack: Stack, role: str = "") -> list[dict[str, Any]]:
    """The statements of all roles of ``stack`` whose logical ids begin with ``role``, at whatever place."""
    return statements_of(Template.from_stack(stack).to_json()["Resources"], role)


def statements_of(resources: Resources, role: str = "") -> list[dict[str, Any]]:
    """The same, of the resources of a template."""
    documents: list[Mapping[str, Any]] = []
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role" and name.startswith(role):
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        if resource["Type"] == "AWS::IAM::Policy":
            attached = properties.get("Roles", [])
            if not role or any(_name(each).startswith(role) for each in attached):
                documents.append(properties["PolicyDocument"])
    return [dict(statement) for document in documents for statement in document["Statement"]]


def actions_of(statement: Mapping[str, Any]) -> list[str]:
    """The actions of ``statement``."""
    return cast("list[str]", _listed(statement["Action"]))


def resources_of(statement: Mapping[str, Any]) -> list[Any]:
    """The resources of ``statement``."""
    return _listed(statement["Resource"])


def allowed(found: list[dict[str, Any]], action: str) -> list[Any]:
    """The resources that ``action`` is allowed on."""
    return [each for statement in found if action in actions_of(statement) for each in resources_of(statement)]


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _name(role: Any) -> str:
    return str(cast("Mapping[str, Any]", role).get("Ref", role) if isinstance(role, Mapping) else role)
