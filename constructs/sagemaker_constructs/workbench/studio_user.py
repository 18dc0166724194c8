"""A person in Studio."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.workbench.studio_domain import StudioDomain


class StudioUser(BaseConstruct):
    """A user profile of ``domain``, with the settings of the domain.

    ``sso_user`` is the user name in IAM Identity Center, which a domain with ``sign_in="SSO"`` needs and any other
    refuses. Another ``name`` or ``sso_user`` replaces the profile.

    ``removal_policy`` retains it by default, as the domain is.

    Provisions: one ``AWS::SageMaker::UserProfile``.
    Raises ``InvalidInput`` for names that SageMaker refuses, and what AWS's rules refuse.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/domain-user-profile.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain: StudioDomain,
        name: str,
        sso_user: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        properties: dict[str, Any] = {
            "user_profile_name": name,
            "single_sign_on_user_identifier": "UserName" if sso_user else None,
            "single_sign_on_user_value": sso_user,
        }
        reject(
            self,
            [
                matches("name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", "1 to 63 letters, digits and hyphens"),
                *rule_problems(
                    "CreateUserProfile",
                    {"domain_id": domain.domain_id, **properties},
                    names={"SingleSignOnUserValue": "sso_user"},
                    known={"Domain": {domain.domain_id: domain.request}},
                ),
            ],
        )
        self.name: str = name
        self.domain: StudioDomain = domain
        self.resource: sagemaker.CfnUserProfile = sagemaker.CfnUserProfile(
            self, "Resource", domain_id=domain.domain_id, **properties
        )
        self.resource.apply_removal_policy(removal_policy)
