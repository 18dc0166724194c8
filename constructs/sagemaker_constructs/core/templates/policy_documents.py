"""Policies of IAM and of resources, as templates write them: statements in one form."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import flat_text, is_intrinsic, is_list, is_structure

DOCUMENTS: Mapping[str, tuple[str, ...]] = {
    "AWS::ECR::Repository": ("RepositoryPolicyText",),
    "AWS::IAM::GroupPolicy": ("PolicyDocument",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::Policy": ("PolicyDocument",),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument",),
    "AWS::IAM::RolePolicy": ("PolicyDocument",),
    "AWS::IAM::UserPolicy": ("PolicyDocument",),
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::S3::BucketPolicy": ("PolicyDocument",),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy",),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy",),
    "AWS::SNS::TopicPolicy": ("PolicyDocument",),
    "AWS::SQS::QueuePolicy": ("PolicyDocument",),
}
"""Where each type of resource has policies; roles, users and groups have inline ones besides."""


@dataclass(frozen=True)
class PolicyStatement:
    """One statement. Actions, resources and principals are texts, in order; references are marked as ``${Name}``.

    ``path`` is where it stands. ``principals`` are led by their kind, as in ``Service:sagemaker.amazonaws.com``, and
    everybody is ``*``. ``conditions`` are led by operator and key.
    """

    path: str
    allows: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[str, ...]
    not_principals: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[str, ...]], ...]

    def covers(self, *actions: str) -> tuple[str, ...]:
        """Which of ``actions`` this statement is about."""
        wanted = [each.lower() for each in actions]
        if self.not_actions:
            left_out = [each.lower() for each in self.not_actions]
            found = [each for each in wanted if not any(fnmatch.fnmatchcase(each, left) for left in left_out)]
        else:
            named = [each.lower() for each in self.actions]
            found = [each for each in wanted if any(fnmatch.fnmatchcase(each, name) for name in named)]
        return tuple(each for each in actions if each.lower() in found)

    @property
    def for_everybody(self) -> bool:
        """Whether every principal of every account is meant, if it meets the conditions."""
        return bool(self.not_principals) or any(each in ("*", "AWS:*") for each in self.principals)

    def has_condition(self, *keys: str) -> bool:
        """Whether a condition looks at one of ``keys``, such as ``aws:SourceAccount``."""
        wanted = {each.lower() for each in keys}
        return any(name.partition(" ")[2].lower() in wanted for name, _ in self.conditions)


def statements_of(kind: str, properties: Mapping[str, Any]) -> Iterator[PolicyStatement]:
    """All statements of a resource of type ``kind``; none for a type without policies."""
    for name in DOCUMENTS.get(kind, ()):
        yield from document_statements(properties.get(name), name)
    if kind in ("AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User"):
        inline = properties.get("Policies")
        for index, policy in enumerate(_listed(inline)):
            yield from document_statements(policy.get("PolicyDocument"), f"Policies[{index}].PolicyDocument")


def document_statements(document: object, path: str) -> Iterator[PolicyStatement]:
    """The statements of one policy document, which may be JSON in a string."""
    if isinstance(document, str):
        document = _parsed(document)
    if not is_structure(document) or is_intrinsic(document):
        return
    for index, statement in enumerate(_listed(document.get("Statement"))):
        yield PolicyStatement(
            path=f"{path}.Statement[{index}]",
            allows=statement.get("Effect", "Allow") != "Deny",
            actions=_texts(statement.get("Action")),
            not_actions=_texts(statement.get("NotAction")),
            resources=_texts(statement.get("Resource")),
            not_resources=_texts(statement.get("NotResource")),
            principals=_principals(statement.get("Principal")),
            not_principals=_principals(statement.get("NotPrincipal")),
            conditions=_conditions(statement.get("Condition")),
        )


def _parsed(text: str) -> object:
    """The document in a text; None where only the deployment has all of it."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _listed(value: object) -> list[Mapping[str, Any]]:
    return [each for each in (value if is_list(value) else [value]) if is_structure(each)]


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(sorted(flat_text(each) for each in (value if is_list(value) else [value])))


def _principals(value: object) -> tuple[str, ...]:
    if not is_structure(value) or is_intrinsic(value):
        return _texts(value)
    return tuple(sorted(f"{kind}:{each}" for kind, some in value.items() for each in _texts(some)))


def _conditions(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not is_structure(value) or is_intrinsic(value):
        return ((flat_text(value), ()),) if value else ()
    found: list[tuple[str, tuple[str, ...]]] = []
    for operator, keys in value.items():
        if is_structure(keys) and not is_intrinsic(keys):
            found += [(f"{operator} {key}", _texts(some)) for key, some in keys.items()]
        else:
            found.append((f"{operator} {flat_text(keys)}", ()))
    return tuple(sorted(found))
