"""The role of an AWS service that acts for one construct."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_principal import trust_policy
from sagemaker_constructs.core.acknowledgement import Findings


def service_role(
    scope: Construct,
    id: str = "Role",
    *,
    service: str | Sequence[str],
    description: str,
    grants: Grants | None = None,
    conditions: Mapping[str, object] | None = None,
) -> iam.CfnRole:
    """A role that ``service``, such as ``glue.amazonaws.com``, assumes, with ``grants`` as a policy inside it.

    Of a service that has several principals, each may assume it.
    ``conditions`` limit for whom the service may assume it. Leave them out only for a service that documents no
    condition keys that it sends. Without ``grants``, the policy is written elsewhere.

    Provisions: one ``AWS::IAM::Role``.

    See https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    role = iam.CfnRole(
        scope,
        id,
        description=description,
        assume_role_policy_document=trust_policy(service, conditions),
        policies=[{"policyName": "Default", "policyDocument": grants.document()}] if grants else None,
    )
    findings = Findings(scope)
    findings.inline_policy()
    if grants:
        grants.accept(findings)
    findings.write()
    return role
