"""Access keys in templates."""

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


class NobodyGetsAccessKeys(PolicyRule):
    """No access key is made for a user: jobs and notebooks have roles, whose credentials end."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::IAM::AccessKey": "nobody-gets-access-keys"}
    page = f"{IAM}/best-practices.html#bp-workloads-use-roles"
    fix = "Use a role; from outside of AWS, IAM Roles Anywhere or OpenID Connect."
    compliant: ClassVar[Resources] = {"Role": resource("AWS::IAM::Role")}
    broken: ClassVar[Resources] = {"Key": resource("AWS::IAM::AccessKey", {"UserName": "trainer"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Every one."""
        yield "UserName", subject.text("UserName")
