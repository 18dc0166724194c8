"""Who makes SageMaker assume a role."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.core.templates.policy_documents import document_statements
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_STATEMENT = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_SOURCES = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths")


class SagemakerAssumesRolesForThisAccount(PolicyRule):
    """SageMaker assumes a role for resources of this account only, and so for no confused deputy."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::IAM::Role": "sagemaker-assumes-roles-for-this-account"}
    page = f"{GUIDE}/security-confused-deputy-prevention.html"
    fix = "Add a condition on aws:SourceAccount or aws:SourceArn to the trust policy."
    compliant: ClassVar[Resources] = {
        "Role": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {
                            **_STATEMENT,
                            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                        }
                    ]
                }
            },
        )
    }
    broken: ClassVar[Resources] = {
        "Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Statement": [_STATEMENT]}})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each statement of the trust policy that is about SageMaker."""
        path = "AssumeRolePolicyDocument"
        for statement in document_statements(subject.value(path), path):
            named = [each for each in statement.principals if each.startswith("Service:sagemaker")]
            if statement.allows and named and not statement.has_condition(*_SOURCES):
                yield f"{statement.path}.Condition", "none on the source"
