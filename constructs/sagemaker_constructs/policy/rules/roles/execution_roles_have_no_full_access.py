"""AWS managed policies of execution roles."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import flat_text, is_list
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.relations import is_execution_role

_EVERYTHING = re.compile(
    r":policy/(.*/)?(AdministratorAccess|PowerUserAccess|IAMFullAccess|AmazonSageMaker\w*FullAccess)$"
)
_WIDE = re.compile(r":policy/(.*/)?\w*(FullAccess|Admin\w*)$")
_TRUSTED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        }
    ],
}


class ExecutionRolesHaveNoFullAccess(PolicyRule):
    """A role that SageMaker assumes has none of AWS's policies of full access: the container's code has it too."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::IAM::Role": "execution-roles-have-no-full-access"}
    page = f"{GUIDE}/security-iam-awsmanpol.html"
    fix = "Grant the actions that the job needs on the resources that it needs."
    compliant: ClassVar[Resources] = {"Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": _TRUSTED})}
    broken: ClassVar[Resources] = {
        "Role": resource(
            "AWS::IAM::Role",
            {
                "AssumeRolePolicyDocument": _TRUSTED,
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"],
            },
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each managed policy; of other roles, those alone that give away SageMaker or the account."""
        policies = subject.value("ManagedPolicyArns")
        pattern = _WIDE if is_execution_role(subject) else _EVERYTHING
        for index, arn in enumerate(policies if is_list(policies) else ()):
            if pattern.search(flat_text(arn)):
                yield f"ManagedPolicyArns[{index}]", flat_text(arn).rpartition("/")[2]
