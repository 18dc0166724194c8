"""Findings of security checkers that are accepted, each with its reason beside the resource."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import CfnResource, Stack, Stage, Validations
from constructs import Construct, IConstruct, IValidation

from sagemaker_constructs.core.base_construct import location_of, stage_of

_CONTROL_PACKS = ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
_TOKEN = re.compile(r"\$\{Token\[([^\]]+)\]\}")
_PSEUDO_PARAMETER = re.compile(r"AWS\.(\w+)\.\d+")
_FLAT: "WeakKeyDictionary[Stack, dict[str, str]]" = WeakKeyDictionary()
_EXPORTED: "WeakKeyDictionary[Stack, dict[str, str]]" = WeakKeyDictionary()
_CHILDREN: "WeakKeyDictionary[Construct, CfnResource]" = WeakKeyDictionary()
_UNWRITTEN: "WeakKeyDictionary[Stack | Stage, _Unwritten]" = WeakKeyDictionary()


@cache
def _metadata_key() -> str:
    return Validations.ACKNOWLEDGED_RULES_METADATA_KEY


@dataclass
class Findings:
    """Findings on ``construct`` and everything below it that are accepted, gathered and then written in one go.

    They are cdk-nag's: without it nothing is written, since nothing would read it.
    """

    construct: IConstruct
    _reasons: dict[str, str] = field(default_factory=dict[str, str])
    _wildcards: list[tuple[str, str, IConstruct | None]] = field(default_factory=list[Any])

    def rule(self, *rules: str, reason: str) -> None:
        """Accept ``rules``, which are cdk-nag identifiers."""
        self._reasons |= dict.fromkeys(rules, reason)

    def control(self, *rules: str, reason: str) -> None:
        """Accept ``rules``, named without their pack, in each of cdk-nag's four compliance packs."""
        self.rule(*[f"{pack}-{rule}" for pack in _CONTROL_PACKS for rule in rules], reason=reason)

    def wildcard(self, *resources: str, reason: str, owner: IConstruct | None = None) -> None:
        """Accept that a policy grants access to ``resources``, which end in ``*``.

        ``owner`` is the construct whose token stands in them, where it may belong to another stack.
        """
        self._wildcards += [(resource, reason, owner) for resource in resources]

    def inline_policy(self) -> None:
        """Accept a policy inside its role: it is assembled for this one role, and lives and dies with it."""
        self.control(
            "IAMNoInlinePolicy", reason="The policy is assembled for this one role, and lives and dies with it."
        )

    def reasons(self) -> dict[str, str]:
        """What was gathered: each finding by the name that cdk-nag gives it, with its reason."""
        stack = location_of(self.construct).stack
        wildcards = [
            (_flat(stack, _as_seen_from(stack, resource, owner)), reason)
            for resource, reason, owner in self._wildcards
        ]
        return self._reasons | {f"AwsSolutions-IAM5[Resource::{resource}]": reason for resource, reason in wildcards}

    def write(self) -> None:
        """Record what was gathered: now if cdk-nag is there, and otherwise if it comes before the synthesis."""
        if not self._reasons and not self._wildcards:
            return
        if _is_checked():
            self._record()
        else:
            _unwritten(self.construct).records.append(self._record)

    def write_later(self, gather: "Callable[[Findings], None]") -> None:
        """Record, when the templates are complete, what ``gather`` adds by then."""

        def record() -> None:
            gather(self)
            self._record()

        _unwritten(self.construct).records.append(record)

    def _record(self) -> None:
        # What ``Validations.acknowledge`` records rule by rule, each with a stack trace, is one record here.
        accepted = {f"Annotation::{rule.replace(' ', '-')}": reason for rule, reason in self.reasons().items()}
        self.construct.node.add_metadata(_metadata_key(), accepted)


@jsii.implements(IValidation)
class _Unwritten:
    """What is accepted within one stage, and written when its security checkers are about to look."""

    def __init__(self) -> None:
        self.records: list[Callable[[], None]] = []

    def validate(self) -> list[str]:
        if _is_checked():
            for record in self.records:
                record()
            self.records.clear()
        return []


def _is_checked() -> bool:
    """Whether anything can read the findings: cdk-nag reaches the CDK's own process only through its module."""
    return "cdk_nag" in sys.modules


def _unwritten(construct: IConstruct) -> _Unwritten:
    stage = stage_of(location_of(construct).stack)
    if stage not in _UNWRITTEN:
        _UNWRITTEN[stage] = _Unwritten()
        stage.node.add_validation(cast(IValidation, _UNWRITTEN[stage]))
    return _UNWRITTEN[stage]


def acknowledge(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept the findings ``rules`` (cdk-nag identifiers) on ``construct`` and everything below it."""
    findings = Findings(construct)
    findings.rule(*rules, reason=reason)
    findings.write()


def acknowledge_control(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept ``rules``, named without their pack, in each of cdk-nag's four compliance packs."""
    findings = Findings(construct)
    findings.control(*rules, reason=reason)
    findings.write()


def acknowledge_wildcard(construct: IConstruct, *resources: str, reason: str) -> None:
    """Accept that a policy on or below ``construct`` grants access to ``resources``, which end in ``*``."""
    findings = Findings(construct)
    findings.wildcard(*resources, reason=reason)
    findings.write()


def acknowledge_own_inline_policy(construct: IConstruct) -> None:
    """Accept a policy inside the role ``construct``, or of a role below it."""
    findings = Findings(construct)
    findings.inline_policy()
    findings.write()


def acknowledge_topic_key(publisher: IConstruct) -> None:
    """Accept what a ``publisher`` needs on the key of an encrypted SNS topic, one of whose actions ends in ``*``."""
    acknowledge(
        publisher,
        "AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
        reason="What a publisher to an encrypted topic needs, on that topic's one key.",
    )


FUNCTION_CONTROLS = ("LambdaConcurrency", "LambdaDLQ", "LambdaInsideVPC")
FUNCTION_CHECKS = ("CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_173", "lambda_inside_vpc_check")


def acknowledge_function(function: CfnResource, *, reason: str) -> None:
    """Accept a function without reserved concurrency, dead-letter queue, VPC and encrypted environment."""
    acknowledge_control(function, *FUNCTION_CONTROLS, reason=reason)
    acknowledge_in_template(function, *FUNCTION_CHECKS, reason=reason)


def at_deployment(reason: str) -> str:
    """Why a function needs no more protection that CloudFormation alone calls; ``reason`` says what it holds."""
    return f"Runs at deployment only: CloudFormation waits for its answer and reports a failure itself. {reason}"


def acknowledge_deployment_function(function: CfnResource, *, reason: str) -> None:
    """Accept the same of a function that runs at deployment only, called and watched by CloudFormation."""
    acknowledge_function(function, reason=at_deployment(reason))


def acknowledge_plain_logs(group: CfnResource, *, reason: str) -> None:
    """Accept a log group that is encrypted with CloudWatch's own key."""
    acknowledge_control(group, "CloudWatchLogGroupEncrypted", reason=reason)
    acknowledge_in_template(group, "CKV_AWS_158", "cloudwatch_log_group_encrypted_check", reason=reason)


def in_template(reasons: Mapping[str, str]) -> dict[str, object]:
    """The ``Metadata`` that accepts findings of checkers that read the template, by rule.

    Rules are checkov's ``CKV_…`` and names of Guard and Config rules. The reason travels in the resource's
    ``Metadata``, where checkov looks for it; Guard's Control Tower rules and AWS Config know no exceptions there, so
    that theirs is for people to read.
    """
    checkov = [{"id": rule, "comment": reason} for rule, reason in reasons.items() if rule.startswith("CKV")]
    guard = {rule: reason for rule, reason in reasons.items() if not rule.startswith("CKV")}
    metadata: dict[str, object] = {}
    if checkov:
        metadata["checkov"] = {"skip": checkov}
    if guard:
        metadata["guard"] = {"SuppressedRules": list(guard), "Reasons": list(dict.fromkeys(guard.values()))}
    return metadata


def acknowledge_in_template(resource: CfnResource, *rules: str, reason: str) -> None:
    """Accept findings of checkers that read the template on ``resource``: see ``in_template``."""
    acknowledge_each_in_template(resource, dict.fromkeys(rules, reason))


def acknowledge_each_in_template(resource: CfnResource, reasons: Mapping[str, str]) -> None:
    """Accept the same by rule, each for its own reason."""
    accepted: dict[str, str] = getattr(resource, "_accepted_in_template", {}) | dict(reasons)
    setattr(resource, "_accepted_in_template", accepted)  # noqa: B010 - no attribute of aws-cdk-lib's class
    resource.add_override("Metadata", in_template(accepted))


def default_child(construct: Construct) -> CfnResource:
    """The CloudFormation resource below an L2 construct, asked for once."""
    if construct not in _CHILDREN:
        child = construct.node.default_child
        if not isinstance(child, CfnResource):
            raise TypeError(f"{construct.node.path} has no CloudFormation resource as default child")
        _CHILDREN[construct] = child
    return _CHILDREN[construct]


def _as_seen_from(stack: Stack, resource: str, owner: IConstruct | None) -> str:
    """``resource`` as the template of ``stack`` will name it: a token of another stack becomes an import."""
    if owner is None:
        return resource
    theirs = location_of(owner).stack
    marks = resource.partition("}")[0] + "}" if resource.startswith("${Token[") else ""
    if theirs is stack or not marks or isinstance(theirs.resolve(marks), str):
        return resource
    exported = _EXPORTED.setdefault(theirs, {})
    if marks not in exported:
        exported[marks] = theirs.export_value(marks)
    return exported[marks] + resource.removeprefix(marks)


def _flat(stack: Stack, resource: str) -> str:
    """The text that cdk-nag makes of an ARN with references, which is part of a finding's identifier."""

    known = _FLAT.setdefault(stack, {})

    def flattened(token: re.Match[str]) -> str:
        if parameter := _PSEUDO_PARAMETER.fullmatch(token[1]):
            return f"<AWS::{parameter[1]}>"
        if token[0] not in known:
            known[token[0]] = _flat_reference(stack.resolve(token[0]))
        return known[token[0]]

    return _TOKEN.sub(flattened, resource)


def _flat_reference(value: object) -> str:
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    [(function, argument)] = cast(Mapping[str, Any], value).items()
    match function:
        case "Fn::Join":
            return str(argument[0]).join(_flat_reference(item) for item in argument[1])
        case "Fn::GetAtt":
            return f"<{_flat_reference(argument[0])}.{_flat_reference(argument[1])}>"
        case "Fn::Sub" | "Fn::ImportValue":
            return _flat_reference(argument)
        case "Ref":
            return f"<{_flat_reference(argument)}>"
        case _:
            return json.dumps(value, separators=(",", ":"))
