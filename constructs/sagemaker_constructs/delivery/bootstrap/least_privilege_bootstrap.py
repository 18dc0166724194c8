"""The policies, and the command, of a bootstrap for one app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.templates.assembly import stacks_of
from sagemaker_constructs.delivery.bootstrap.execution_policies import Document, execution_policies
from sagemaker_constructs.delivery.bootstrap.needed_actions import needed_actions, services_of_roles

_CHANGING = (
    *("iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
    *("iam:AttachUserPolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:PutUserPolicy"),
)
_READING = ("Describe", "Get", "List")
_NEVER = (
    *("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateUser"),
)
_WRITING = tuple(
    f"iam:{verb}*"
    for verb in (
        *("Add", "Attach", "Create", "Delete", "Detach", "Put", "Remove", "Set", "Tag", "Untag", "Update", "Upload"),
    )
)


@dataclass(frozen=True)
class LeastPrivilegeBootstrap:
    """A bootstrap called ``qualifier``, whose execution role has the policies ``execution`` alone.

    ``boundary`` is the permissions boundary of that role, and of every role that the app's stacks make: it lets in
    the services that the templates speak of, and forbids what would lead beyond it: roles without it, changes to it
    and to identities of others, and to become or pass a role of others. Stacks have to state it, as
    ``bootstrap.permissions_boundary`` of a configuration does, or ``PermissionsBoundary.from_name`` of an app.

    See https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    qualifier: str
    execution: Sequence[Document]
    boundary: Document

    @staticmethod
    def for_assemblies(assemblies: Sequence[Path], *, qualifier: str, prefix: str = "") -> LeastPrivilegeBootstrap:
        """For the apps in ``assemblies``, folders that ``cdk synth`` has written, deployed by the same account.

        ``prefix`` is how the names of all stacks begin; left out, what they have in common.

        Raises ``FileNotFoundError`` for a folder that is none, and ``ValueError`` for stacks without a common
        beginning of at least 3 characters, for types whose schema is not known, and for more than 10 policies.
        """
        stacks = [each for assembly in assemblies for each in stacks_of(assembly)]
        names = [each.name for each in stacks if not each.nested]
        beginning = prefix or _common_beginning(names)
        if len(beginning) < 3:
            raise ValueError(f"stacks must have a common beginning of at least 3 characters, got: {', '.join(names)}")
        templates = {f"{number} {each.name}": each.template for number, each in enumerate(stacks)}
        actions = needed_actions(templates)
        boundary = _arn(f"policy/{_boundary(qualifier)}")
        return LeastPrivilegeBootstrap(
            qualifier,
            execution_policies(actions, prefix=beginning, boundary=boundary),
            _boundary_document(services_of_roles(templates), actions, qualifier, beginning),
        )

    @property
    def boundary_name(self) -> str:
        """The name of the permissions boundary, which stacks state."""
        return _boundary(self.qualifier)

    @property
    def policy_names(self) -> Sequence[str]:
        """The names of the execution role's policies."""
        return [f"cdk-{self.qualifier}-execution-{number}" for number in range(1, len(self.execution) + 1)]

    @property
    def stack_name(self) -> str:
        """The stack that has the policies."""
        return f"cdk-{self.qualifier}-policies"

    def template(self) -> Mapping[str, Any]:
        """The template of that stack, which is deployed before the bootstrap."""
        named = {self.boundary_name: self.boundary, **dict(zip(self.policy_names, self.execution, strict=True))}
        resources = {
            "".join(part.capitalize() for part in name.split("-")): {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"ManagedPolicyName": name, "PolicyDocument": _substituted(document)},
            }
            for name, document in named.items()
        }
        return {"Description": f"Policies of the CDK's bootstrap {self.qualifier}", "Resources": resources}

    def commands(self, account: str, region: str, template: Path) -> Sequence[str]:
        """What an administrator runs, once for an account and region: the policies, then the bootstrap."""
        policies = ",".join(f"arn:aws:iam::{account}:policy/{name}" for name in self.policy_names)
        return [
            f"aws cloudformation deploy --stack-name {self.stack_name} --template-file {template}"
            f" --capabilities CAPABILITY_NAMED_IAM --region {region}",
            f"cdk bootstrap aws://{account}/{region} --qualifier {self.qualifier}"
            f" --toolkit-stack-name CDKToolkit-{self.qualifier}"
            f" --custom-permissions-boundary {self.boundary_name}"
            f" --cloudformation-execution-policies {policies}",
        ]


def _substituted(value: Any) -> Any:
    """``value`` with the texts that name account and partition as CloudFormation fills them in."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${" in value else value
    if isinstance(value, Mapping):
        return {name: _substituted(each) for name, each in cast("Mapping[str, Any]", value).items()}
    return [_substituted(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


def _common_beginning(names: Sequence[str]) -> str:
    """What all names begin with."""
    shortest = min(names, key=len, default="")
    ends = (end for end in range(len(shortest), 0, -1) if all(each.startswith(shortest[:end]) for each in names))
    return shortest[: next(ends, 0)]


def _boundary(qualifier: str) -> str:
    return f"cdk-{qualifier}-boundary"


def _arn(resource: str) -> str:
    return "arn:${AWS::Partition}:iam::${AWS::AccountId}:" + resource


def _boundary_document(services: frozenset[str], actions: frozenset[str], qualifier: str, prefix: str) -> Document:
    """A boundary grants nothing; what it allows is what policies below it can grant at most."""
    boundary = _arn(f"policy/{_boundary(qualifier)}")
    without = {"StringNotEquals": {"iam:PermissionsBoundary": boundary}}
    kinds = ("group", "instance-profile", "policy", "role", "user")
    own = [_arn(f"{kind}/{prefix}*") for kind in kinds]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(_allowed(services, actions)), "Resource": "*"},
            {"Effect": "Deny", "Action": list(_CHANGING), "Resource": "*", "Condition": without},
            {"Effect": "Deny", "Action": list(_NEVER), "Resource": "*"},
            {
                "Effect": "Deny",
                "Action": list(_WRITING),
                "NotResource": [*own, _arn("role/aws-service-role/*"), _arn("oidc-provider/*")],
            },
            {"Effect": "Deny", "Action": ["iam:PassRole"], "NotResource": [_arn(f"role/{prefix}*")]},
            {"Effect": "Deny", "Action": ["sts:AssumeRole"], "Resource": [_arn("role/*")]},
        ],
    }


def _allowed(services: frozenset[str], actions: frozenset[str]) -> Iterator[str]:
    """What a boundary lets in: services that roles speak of or that are changed, and the reading of others."""
    for service in sorted(services | {each.partition(":")[0] for each in actions}):
        verbs = [each.partition(":")[2] for each in actions if each.startswith(f"{service}:")]
        reading = {word for each in verbs for word in _READING if each.startswith(word)}
        if service in services or not all(each.startswith(_READING) for each in verbs):
            yield f"{service}:*"
        else:
            yield from (f"{service}:{word}*" for word in sorted(reading))
