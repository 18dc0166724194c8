"""Ways from one role to all others."""

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

_STEPS = (
    *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:CreateUser"),
    *("iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion"),
    *("iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile", "sts:AssumeRole"),
)


class RolesChangeNoPermissions(PolicyRule):
    """A role neither changes permissions nor assumes roles that are not named."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "roles-change-no-permissions")
    page = f"{IAM}/access_policies_boundaries.html"
    fix = "Name the roles, or require a permissions boundary by a condition on iam:PermissionsBoundary."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Resource": "arn:aws:iam::123456789012:role/labels",
                        }
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement without a condition that is about all of them."""
        for statement in identity_statements(subject):
            is_named = not statement.not_actions and "*" not in statement.actions and not statement.conditions
            found = statement.covers(*_STEPS) if is_named else ()
            if found and is_everything(statement, "role", "user", "group", "policy"):
                yield f"{statement.path}.Resource", f"{', '.join(statement.resources)} for {', '.join(found[:3])}"
