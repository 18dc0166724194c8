"""Policies that allow everything."""

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
from sagemaker_constructs.policy.wildcards import is_any


class PoliciesNameWhatTheyAllow(PolicyRule):
    """A policy allows named actions: neither all of them, nor all but some."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(IAM_TYPES, "policies-name-what-they-allow")
    page = f"{IAM}/reference_policies_elements_notaction.html"
    fix = "List the actions."
    compliant: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {
                "PolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Policy": resource(
            "AWS::IAM::Policy",
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement."""
        for statement in identity_statements(subject):
            if statement.not_actions:
                yield f"{statement.path}.NotAction", ", ".join(statement.not_actions)
            elif any(is_any(each) for each in statement.actions):
                yield f"{statement.path}.Action", ", ".join(statement.actions)
