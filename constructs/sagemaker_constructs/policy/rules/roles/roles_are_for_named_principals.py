"""Roles that anybody assumes."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import document_statements
from sagemaker_constructs.policy.policy_rule import (
    IAM,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_ANOTHER_ACCOUNT = re.compile(r"AWS:(arn:[\w-]+:iam::)?\d{12}(:root)?$")
_CONDITIONS = (
    *("aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:SourceAccount", "aws:SourceArn"),
    *("sts:ExternalId", "aws:PrincipalAccount", "aws:PrincipalTag"),
)


class RolesAreForNamedPrincipals(PolicyRule):
    """A role is assumed by named principals; a whole other account needs a condition, such as an external ID."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::IAM::Role": "roles-are-for-named-principals"}
    page = f"{IAM}/confused-deputy.html"
    fix = "Name the service or the role in the trust policy, or add a condition on sts:ExternalId."
    compliant: ClassVar[Resources] = {
        "Role": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Role": resource(
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement of the trust policy."""
        path = "AssumeRolePolicyDocument"
        for statement in document_statements(subject.value(path), path):
            wide = [each for each in statement.principals if _ANOTHER_ACCOUNT.match(each)]
            if statement.for_everybody:
                wide.append("*")
            if statement.allows and wide and not statement.has_condition(*_CONDITIONS):
                yield f"{statement.path}.Principal", ", ".join(wide)
