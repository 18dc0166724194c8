"""What a deployment lets somebody do that nobody let them before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.intrinsics import flat_text, is_list
from sagemaker_constructs.core.templates.landscape import Landscape, TemplateResource
from sagemaker_constructs.core.templates.policy_documents import DOCUMENTS, PolicyStatement, statements_of

_PRINCIPALS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
_SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")

Conditions = frozenset[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Permission:
    """One action on one resource for one principal; what is empty is said by where the permission stands."""

    action: str
    resource: str = ""
    principal: str = ""
    conditions: Conditions = frozenset()

    def covers(self, other: Permission) -> bool:
        """Whether whoever has this permission has ``other`` too."""
        return (
            _matches(self.action.lower(), other.action.lower())
            and _matches(self.resource, other.resource)
            and (self.principal in (other.principal, "*", "AWS:*"))
            and all(any(_narrows(own, given) for given in other.conditions) for own in self.conditions)
        )

    def __str__(self) -> str:
        parts = [
            self.action,
            f"on {self.resource}" if self.resource else "",
            f"for {self.principal}" if self.principal else "",
        ]
        limits = " and ".join(f"{name} {', '.join(values)}" for name, values in sorted(self.conditions))
        return " ".join(filter(None, (*parts, f"if {limits}" if limits else "")))


@dataclass(frozen=True)
class WidenedAccess:
    """What the holder of a role, or a caller of a resource, may do from now on.

    ``kind`` is ``may``, ``may be assumed``, ``lets in``, ``is no longer refused`` or ``is no longer limited``.
    """

    stack: str
    logical_id: str
    type: str
    kind: str
    message: str


def widened_access(old: Mapping[str, Template], new: Mapping[str, Template]) -> tuple[WidenedAccess, ...]:
    """What is allowed in ``new`` and not in ``old``, statement by statement.

    All policies of a role count together: a statement that moves from one to another widens nothing, nor does one
    that a wider one covered before. Conditions that go widen.
    """
    before, after = _access(old), _access(new)
    found: dict[WidenedAccess, None] = {}
    for (subject, kind), permissions in sorted(after.items(), key=lambda each: (*each[0][0], each[0][1])):
        known = before.get((subject, kind), ())
        for permission in sorted(set(permissions), key=str):
            if not any(each.covers(permission) for each in known):
                found[WidenedAccess(*subject, _WORDS[kind], str(permission))] = None
    for (subject, kind), permissions in sorted(before.items(), key=lambda each: (*each[0][0], each[0][1])):
        if kind in ("denies", "limits") and _stack_and_id(subject) in {_stack_and_id(each) for each, _ in after}:
            left = after.get((subject, kind), ())
            for permission in sorted(set(permissions), key=str):
                if not any(each.covers(permission) for each in left):
                    found[WidenedAccess(*subject, _GONE[kind], str(permission))] = None
    return tuple(found)


_WORDS = {"allows": "may", "trusts": "may be assumed", "lets in": "lets in", "denies": "", "limits": ""}
_GONE = {"denies": "is no longer refused", "limits": "is no longer limited"}
Where = tuple[str, str, str]


def _stack_and_id(where: Where) -> tuple[str, str]:
    return where[:2]


def _access(templates: Mapping[str, Template]) -> Mapping[tuple[Where, str], Sequence[Permission]]:
    """The permissions at each place, by what they do there. Denials in the old state alone are looked for later."""
    found: dict[tuple[Where, str], list[Permission]] = defaultdict(list)
    landscape = Landscape(templates)
    for subject in landscape:
        for holder in _holders(subject):
            where = (holder.stack, holder.logical_id, holder.type)
            for kind, permission in _permissions(subject):
                found[where, kind].append(permission)
            found.setdefault((where, "allows"), [])
    return {key: value for key, value in found.items() if value or key[1] == "allows"}


def _holders(subject: TemplateResource) -> Sequence[TemplateResource]:
    """The roles that a policy is for, in its own stack; any other resource speaks for itself."""
    if subject.type in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
        linked = subject.landscape.links[subject]
        holders = [each for each in linked if each.type in _PRINCIPALS and _is_attached(subject, each)]
        return holders or [subject]
    if subject.type == "AWS::EC2::SecurityGroupIngress":
        group = subject.landscape.referred(subject, subject.value("GroupId"))
        return [group or subject]
    if subject.type in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        target = subject.value("Bucket") or subject.value("Topics") or subject.value("Queues")
        return [subject.landscape.referred(subject, target) or subject]
    return [subject]


def _is_attached(policy: TemplateResource, holder: TemplateResource) -> bool:
    places = [policy.value(name) for name in ("Roles", "Users", "Groups", "RoleName")]
    listed = [each for place in places for each in (place if is_list(place) else [place])]
    return any(policy.landscape.referred(policy, each) is holder for each in listed)


def _permissions(subject: TemplateResource) -> Iterator[tuple[str, Permission]]:
    if subject.type in DOCUMENTS or subject.type in _PRINCIPALS:
        for statement in statements_of(subject.type, subject.properties):
            trusts = statement.path.startswith("AssumeRolePolicyDocument")
            kind = "denies" if not statement.allows else "trusts" if trusts else "allows"
            kind = kind if subject.type.startswith("AWS::IAM::") or kind == "denies" else "lets in"
            yield from ((kind, each) for each in _of_statement(statement))
    if subject.type in _PRINCIPALS:
        policies = subject.value("ManagedPolicyArns")
        for arn in policies if is_list(policies) else ():
            yield "allows", Permission("what the managed policy says:", flat_text(arn).rpartition("/")[2])
        if not subject.lacks("PermissionsBoundary"):
            yield "limits", Permission("permissions boundary", subject.text("PermissionsBoundary"))
    match subject.type:
        case "AWS::Lambda::Permission":
            source = subject.text("SourceArn") or subject.text("SourceAccount")
            limits: Conditions = frozenset({("source", (source,))}) if source else frozenset()
            yield (
                "lets in",
                Permission(subject.text("Action"), subject.text("FunctionName"), subject.text("Principal"), limits),
            )
        case "AWS::EC2::SecurityGroup":
            for _, rule in subject.members("SecurityGroupIngress"):
                yield "lets in", _ingress(rule)
        case "AWS::EC2::SecurityGroupIngress":
            yield "lets in", _ingress(subject.properties)
        case "AWS::S3::Bucket":
            blocked = subject.value("PublicAccessBlockConfiguration")
            for switch in _SWITCHES:
                if blocked is None or subject.is_on(f"PublicAccessBlockConfiguration.{switch}"):
                    yield "limits", Permission(switch)
        case "AWS::Lambda::Url" if subject.text("AuthType") == "NONE":
            yield "lets in", Permission("lambda:InvokeFunctionUrl", principal="*")
        case "AWS::ApiGateway::Method" if subject.text("HttpMethod") != "OPTIONS":
            if subject.text("AuthorizationType") in ("", "NONE") and not subject.is_on("ApiKeyRequired"):
                yield "lets in", Permission("execute-api:Invoke", principal="*")
        case _:
            pass


def _of_statement(statement: PolicyStatement) -> Iterator[Permission]:
    conditions: Conditions = frozenset(statement.conditions)
    actions = statement.actions or (f"all but {', '.join(statement.not_actions)}",)
    resources = statement.resources or (
        (f"all but {', '.join(statement.not_resources)}",) if statement.not_resources else ("",)
    )
    principals = statement.principals or (
        (f"all but {', '.join(statement.not_principals)}",) if statement.not_principals else ("",)
    )
    for action in actions:
        for resource in resources:
            for principal in principals:
                yield Permission(action, resource, principal, conditions)


def _ingress(rule: Mapping[str, object]) -> Permission:
    source = next(
        (flat_text(value) for name, value in sorted(rule.items()) if name.startswith(("Cidr", "Source"))), ""
    )
    ports = (
        f"{flat_text(rule.get('FromPort'))}-{flat_text(rule.get('ToPort'))}" if rule.get("FromPort") else "all ports"
    )
    return Permission(f"{flat_text(rule.get('IpProtocol'))} {ports}", principal=source)


def _narrows(own: tuple[str, tuple[str, ...]], given: tuple[str, tuple[str, ...]]) -> bool:
    """Whether the condition ``given`` lets through no more than ``own``."""
    return own[0] == given[0] and set(given[1]) <= set(own[1])


def _matches(pattern: str, text: str) -> bool:
    if pattern == text:
        return True
    wanted = "".join(
        ".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern)
    )
    return bool(re.fullmatch(wanted, text, re.DOTALL))
