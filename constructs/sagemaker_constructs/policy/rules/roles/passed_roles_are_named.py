"""Roles that are handed to services."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    IAM,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import IAM_TYPES, identity_statements
from sagemaker_constructs.policy.wildcards import is_everything


class PassedRolesAreNamed(PolicyRule):
    """The roles that may be passed to SageMaker are named: whoever passes any role has that role's rights."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "passed-roles-are-named")
    page = f"{IAM}/id_roles_use_passrole.html"
    fix = "Name the role in Resource, and the service in a condition on iam:PassedToService."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "iam:PassRole",
                            "Resource": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/churn-training"},
                            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                        }
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement, whatever its conditions: a service alone is no limit on the role."""
        for statement in identity_statements(subject):
            if statement.covers("iam:PassRole") and is_everything(statement, "role"):
                yield f"{statement.path}.Resource", ", ".join(statement.resources or statement.not_resources)
