"""Findings of security checkers that are accepted, each with its reason beside the resource."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import Acknowledgment, CfnResource, Stack, Validations
from constructs import Construct, IConstruct

_CONTROL_PACKS = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")


def acknowledge(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept the findings ``rules`` (cdk-nag identifiers) on ``construct`` and everything below it."""
    Validations.of(construct).acknowledge(*[Acknowledgment(id=rule, reason=reason) for rule in rules])


def acknowledge_control(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept ``rules``, named without their pack, in each of cdk-nag's four compliance packs."""
    acknowledge(construct, *[f"{pack}-{rule}" for pack in _CONTROL_PACKS for rule in rules], reason=reason)


def acknowledge_wildcard(construct: IConstruct, *resources: str, reason: str) -> None:
    """Accept that a policy on or below ``construct`` grants access to ``resources``, which end in ``*``."""
    stack = Stack.of(construct)
    acknowledge(
        construct,
        *[f"AwsSolutions-IAM5[Resource::{_flat(stack.resolve(resource))}]" for resource in resources],
        reason=reason,
    )


def acknowledge_topic_key(publisher: IConstruct) -> None:
    """Accept what a ``publisher`` needs on the key of an encrypted SNS topic, one of whose actions ends in ``*``."""
    acknowledge(
        publisher,
        "AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
        reason="What a publisher to an encrypted topic needs, on that topic's one key.",
    )


def acknowledge_in_template(resource: CfnResource, *rules: str, reason: str) -> None:
    """Accept findings of checkers that read the template: checkov's ``CKV_…``, names of Guard and Config rules.

    The reason travels in the resource's ``Metadata``, where checkov looks for it; Guard's Control Tower rules
    and AWS Config know no exceptions there, so that theirs is for people to read.
    """
    checkov = [{"id": rule, "comment": reason} for rule in rules if rule.startswith("CKV")]
    guard = [rule for rule in rules if not rule.startswith("CKV")]
    if checkov:
        resource.add_metadata("checkov", {"skip": [*_recorded(resource, "checkov", "skip"), *checkov]})
    if guard:
        resource.add_metadata(
            "guard",
            {
                "SuppressedRules": [*_recorded(resource, "guard", "SuppressedRules"), *guard],
                "Reasons": [*_recorded(resource, "guard", "Reasons"), reason],
            },
        )


def default_child(construct: Construct) -> CfnResource:
    """The CloudFormation resource below an L2 construct."""
    child = construct.node.default_child
    if not isinstance(child, CfnResource):
        raise TypeError(f"{construct.node.path} has no CloudFormation resource as default child")
    return child


def _recorded(resource: CfnResource, key: str, member: str) -> Sequence[object]:
    metadata = cast(Mapping[str, Sequence[object]] | None, resource.get_metadata(key))
    return metadata[member] if metadata else []


def _flat(value: object) -> str:
    """The text that cdk-nag makes of a reference, which is part of a finding's identifier."""
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    [(function, argument)] = cast(Mapping[str, Any], value).items()
    match function:
        case "Fn::Join":
            return str(argument[0]).join(_flat(item) for item in argument[1])
        case "Fn::GetAtt":
            return f"<{_flat(argument[0])}.{_flat(argument[1])}>"
        case "Fn::Sub" | "Fn::ImportValue":
            return _flat(argument)
        case "Ref":
            return f"<{_flat(argument)}>"
        case _:
            return json.dumps(value, separators=(",", ":"))
