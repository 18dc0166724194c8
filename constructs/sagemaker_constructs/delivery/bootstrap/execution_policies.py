"""What the execution role of a bootstrap may do, written as policies that IAM takes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]
Document = Mapping[str, Any]

MOST_CHARACTERS = 6144
"""Of a managed policy, white space not counted."""
MOST_POLICIES = 10
"""That a role has attached, unless AWS has raised the quota."""
_ROOM = 200
"""For what the marks of account and partition become."""
_WITH_BOUNDARY = frozenset(
    (
        *("iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
        *("iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
    )
)
"""The actions that IAM lets a condition limit to roles with a boundary."""
_NEVER = frozenset(("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"))


def execution_policies(actions: frozenset[str], *, prefix: str, boundary: str) -> Sequence[Document]:
    """``actions`` as policies, as few as IAM's limit of characters lets.

    Roles, policies and functions are those whose names begin with ``prefix``, as CloudFormation names what belongs to
    stacks of such names. Roles are made and changed only with the permissions boundary ``boundary``, an ARN. Nothing
    may take a boundary away.

    Raises ``ValueError`` where more policies would be needed than a role may have.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    statements = [*_of_identities(actions, prefix, boundary), *_of_services(actions, prefix)]
    policies: list[list[Statement]] = [[]]
    for statement in (part for each in statements for part in _parts(each)):
        if policies[-1] and _size([*policies[-1], statement]) > MOST_CHARACTERS - _ROOM:
            policies.append([])
        policies[-1].append(statement)
    if len(policies) > MOST_POLICIES:
        raise ValueError(
            f"{len(actions)} actions take {len(policies)} policies, and a role may have {MOST_POLICIES}: "
            "deploy with several qualifiers, each for some of the stacks"
        )
    return [_document(each) for each in policies]


def _of_identities(actions: frozenset[str], prefix: str, boundary: str) -> Iterator[Statement]:
    """What is done with roles, users, policies and providers."""
    of_iam = sorted(each for each in actions if each.startswith("iam:") and each not in _NEVER)
    account = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
    roles = [
        each for each in of_iam if "Role" in each and each not in ("iam:PassRole", "iam:CreateServiceLinkedRole")
    ]
    limited = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    named = f"{account}:role/{prefix}*"
    for some, resources, condition in (
        ([each for each in roles if each in _WITH_BOUNDARY], [named], limited),
        ([each for each in roles if each not in _WITH_BOUNDARY], [named], None),
        ([each for each in of_iam if each == "iam:PassRole"], [named], None),
        (
            [each for each in of_iam if each == "iam:CreateServiceLinkedRole"],
            [f"{account}:role/aws-service-role/*"],
            None,
        ),
        ([each for each in of_iam if "Role" not in each and "OpenID" in each], [f"{account}:oidc-provider/*"], None),
        (
            [each for each in of_iam if "Role" not in each and "OpenID" not in each],
            [f"{account}:{kind}/{prefix}*" for kind in ("group", "instance-profile", "policy", "user")],
            None,
        ),
    ):
        if some:
            yield {
                "Effect": "Allow",
                "Action": some,
                "Resource": resources,
                **({"Condition": condition} if condition else {}),
            }


def _of_services(actions: frozenset[str], prefix: str) -> Iterator[Statement]:
    by_service = defaultdict[str, list[str]](list)
    for each in sorted(actions):
        service = each.partition(":")[0]
        if service != "iam" and each != "lambda:InvokeFunction":
            by_service[service].append(each)
    if "lambda:InvokeFunction" in actions:
        functions = "arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:" + f"{prefix}*"
        yield {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [functions]}
    for some in by_service.values():
        yield {"Effect": "Allow", "Action": some, "Resource": "*"}


def _parts(statement: Statement) -> Iterator[Statement]:
    """A statement in parts that fit into a policy each."""
    actions: Sequence[str] = statement["Action"]
    if _size([statement]) <= MOST_CHARACTERS - _ROOM:
        yield statement
        return
    half = len(actions) // 2
    for part in (actions[:half], actions[half:]):
        yield from _parts({**statement, "Action": part})


def _document(statements: Sequence[Statement]) -> Document:
    """Statements on everything are one, as it is shorter."""
    everywhere = [action for each in statements if each["Resource"] == "*" for action in each["Action"]]
    others = [each for each in statements if each["Resource"] != "*"]
    joined = [{"Effect": "Allow", "Action": everywhere, "Resource": "*"}] if everywhere else []
    return {"Version": "2012-10-17", "Statement": [*others, *joined]}


def _size(statements: Sequence[Statement]) -> int:
    return len(json.dumps(_document(statements), separators=(",", ":")))
