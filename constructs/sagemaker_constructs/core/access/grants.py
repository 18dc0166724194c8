"""What one role may do, gathered in Python and written as one policy."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.names import short_hash
from sagemaker_constructs.core.places import path_of


@dataclass(frozen=True)
class Statement:
    """What is allowed: actions on resources, under conditions."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])

    def document(self) -> dict[str, object]:
        """The statement of a policy document."""
        return {
            "Action": one_or_all(self.actions),
            "Effect": "Allow",
            "Resource": one_or_all(self.resources),
            **({"Condition": dict(self.conditions)} if self.conditions else {}),
        }


@dataclass
class Grants:
    """Statements that allow, one by one, until ``ExecutionRole`` or ``attach`` writes them.

    Each crossing to the CDK's own process costs a third of a millisecond: a policy of ten statements that is written
    whole costs one.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """

    _statements: list[Statement] = field(default_factory=list[Statement])
    _reasons: list[tuple[str, str, IConstruct | None]] = field(default_factory=list[Any])
    _action_reasons: dict[str, str] = field(default_factory=dict[str, str])

    def allow(
        self,
        *actions: str,
        on: str | Sequence[str],
        when: Mapping[str, Mapping[str, object]] | None = None,
        because: str | None = None,
        owner: IConstruct | None = None,
    ) -> None:
        """Allow ``actions`` on the ARNs ``on``, under the conditions ``when``.

        ``because`` is the reason why a resource or an action may end in ``*``, and accepts the finding of security
        checkers. ``owner`` is the construct whose token stands in the ARN, where it may belong to another stack.
        """
        resources = (on,) if isinstance(on, str) else tuple(on)
        self._statements.append(Statement(actions, resources, when or {}))
        if because:
            self._reasons += [(resource, because, owner) for resource in resources if resource.endswith("*")]
            self._action_reasons |= {action: because for action in actions if action.endswith("*")}

    def include(self, others: "Grants") -> None:
        """Allow what ``others`` allow, too."""
        self._statements += others._statements
        self._reasons += others._reasons
        self._action_reasons |= others._action_reasons

    def __bool__(self) -> bool:
        return bool(self._statements)

    def statements(self) -> Sequence[Statement]:
        """What is allowed, with statements merged that differ in their resources or their actions only."""
        return _merged(_merged(self._statements, by_actions=True), by_actions=False)

    def document(self) -> dict[str, object]:
        """The policy document."""
        return {"Version": "2012-10-17", "Statement": [statement.document() for statement in self.statements()]}

    def accept(self, findings: Findings) -> None:
        """Add to ``findings`` the resources that end in ``*``, with their reasons."""
        for action, reason in self._action_reasons.items():
            findings.rule(f"AwsSolutions-IAM5[Action::{action}]", reason=reason)
        for resource, reason, owner in self._reasons:
            findings.wildcard(resource, reason=reason, owner=owner)


def attach(scope: Construct, id: str, role: iam.IRole, grants: Grants) -> Construct | None:
    """Give ``grants`` to ``role``, of whatever stack, by a policy of its own below ``scope``; None if there are none.

    In the stack of the construct that needs them, so that a role of another stack does not come to depend on it.
    """
    if not grants:
        return None
    findings = Findings(scope)
    findings.inline_policy()
    grants.accept(findings)
    findings.write()
    document = iam.PolicyDocument.from_json(grants.document())
    policy = iam.Policy(scope, id, policy_name=policy_name(scope, id), document=document)
    role.attach_inline_policy(policy)
    return policy


def policy_name(scope: Construct, id: str) -> str:
    """The name of the policy ``id`` below ``scope``, which no policy of another stack has.

    IAM tells the policies of one role apart by their names, and a role may serve several stacks.
    """
    return f"{id}{short_hash(path_of(scope))}"


def give(grantee: iam.IGrantable, grants: Grants) -> None:
    """Add ``grants`` to the policy of ``grantee``: what the ``grant_…`` methods for users do."""
    for statement in grants.statements():
        iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(statement.actions),
            resource_arns=list(statement.resources),
            conditions=cast(Any, statement.conditions),
        )
    if isinstance(grantee, Construct):
        findings = Findings(grantee)
        grants.accept(findings)
        findings.write()


def _merged(statements: Iterable[Statement], *, by_actions: bool) -> list[Statement]:
    """Statements with the same actions get one list of resources, or, the other way, one list of actions."""
    groups: dict[tuple[frozenset[str], str], Statement] = {}
    for statement in statements:
        kept = frozenset(statement.actions if by_actions else statement.resources)
        key = (kept, json.dumps(statement.conditions, sort_keys=True))
        before = groups.get(key)
        if before is None:
            groups[key] = statement
        elif by_actions:
            groups[key] = replace(before, resources=_union(before.resources, statement.resources))
        else:
            groups[key] = replace(before, actions=_union(before.actions, statement.actions))
    return list(groups.values())


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def one_or_all(values: Sequence[str]) -> str | list[str]:
    """A member of a policy as IAM itself writes it: a single value without a list."""
    return values[0] if len(values) == 1 else list(values)
