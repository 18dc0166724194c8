"""The people who label, as a Cognito user pool has them."""

from collections.abc import Iterator, Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct, IDependable

from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject
from sagemaker_constructs.core.tokens import is_token

_PASSWORD = {
    "minimumLength": 14,
    "requireLowercase": True,
    "requireNumbers": True,
    "requireSymbols": True,
    "requireUppercase": True,
    "temporaryPasswordValidityDays": 7,
}


class LabelingPeopleBase(BaseConstruct):
    """What a user pool of this library and one that exists already have in common."""

    user_pool_id: str
    user_pool_arn: str
    domain_prefix: str
    """Where people sign in: a prefix of Cognito's domain, or a domain of one's own."""
    identity_providers: Sequence[str] = ("COGNITO",)
    """Who vouches for them."""
    ready: Sequence[IDependable] = ()
    """What whoever sends people to ``domain_prefix`` has to wait for."""

    def _make_pool(
        self, domain_prefix: str | None, multi_factor: bool, removal_policy: RemovalPolicy
    ) -> cognito.CfnUserPoolDomain:
        pool = cognito.CfnUserPool(
            self,
            "UserPool",
            admin_create_user_config={"allowAdminCreateUserOnly": True},
            account_recovery_setting={"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
            auto_verified_attributes=["email"],
            deletion_protection="INACTIVE" if removal_policy == RemovalPolicy.DESTROY else "ACTIVE",
            enabled_mfas=["SOFTWARE_TOKEN_MFA"] if multi_factor else None,
            mfa_configuration="ON" if multi_factor else "OFF",
            policies={"passwordPolicy": _PASSWORD},
            username_attributes=["email"],
            username_configuration={"caseSensitive": False},
        )
        pool.apply_removal_policy(removal_policy)
        self.user_pool_id = pool.ref
        self.user_pool_arn = pool.attr_arn
        self.domain_prefix = domain_prefix or f"{physical_name(self, 50)}-{self.location.account}"
        findings = Findings(self)
        costs = "Threat protection is billed for each person; people are created by an administrator alone."
        findings.rule("AwsSolutions-COG3", "AwsSolutions-COG8", reason=costs)
        if not multi_factor:
            findings.rule("AwsSolutions-COG2", reason="multi_factor is off: whoever set it decides.")
        findings.write()
        domain = cognito.CfnUserPoolDomain(self, "Domain", domain=self.domain_prefix, user_pool_id=pool.ref)
        self.ready = (domain,)
        return domain


class LabelingPeople(LabelingPeopleBase):
    """A user pool of people who label in a Label Studio of yours. Those of Ground Truth are a ``LabelingWorkforce``.

    Nobody signs up: an administrator creates each person in the user pool, with an e-mail address, and adds them to
    groups. ``domain_prefix`` is where they sign in, unique within the region (default: made from the path and the
    account). ``multi_factor`` asks for a code of an authenticator. The pool is retained when the stack goes, with
    everybody in it, unless ``removal_policy`` says otherwise.

    Provisions: ``AWS::Cognito::UserPool`` and ``UserPoolDomain``.
    Raises ``InvalidInput`` for a ``domain_prefix`` that Cognito refuses.

    See https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_prefix: str | None = None,
        multi_factor: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        reject(self, domain_prefix_problems(domain_prefix))
        self._make_pool(domain_prefix, multi_factor, removal_policy)

    @staticmethod
    def from_user_pool(
        scope: Construct,
        id: str,
        *,
        user_pool: cognito.IUserPool,
        domain: str,
        identity_providers: Sequence[str] = ("COGNITO",),
    ) -> "LabelingPeopleBase":
        """People of a pool that exists already, who sign in at ``domain``: its prefix, or a domain of one's own.

        ``identity_providers`` are those of the pool that people sign in with, such as your company's.
        """
        return _ExistingPeople(
            scope, id, user_pool=user_pool, domain=domain, identity_providers=tuple(identity_providers)
        )


class _ExistingPeople(LabelingPeopleBase):
    """A user pool that something else has made."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        user_pool: cognito.IUserPool,
        domain: str,
        identity_providers: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        if not identity_providers:
            reject(self, [Problem("identity_providers", "must name at least one, such as COGNITO, got: none")])
        self.user_pool_id = user_pool.user_pool_id
        self.user_pool_arn = user_pool.user_pool_arn
        self.domain_prefix = domain
        self.identity_providers = identity_providers


def domain_prefix_problems(domain_prefix: str | None) -> Iterator[Problem | None]:
    """Rule: what the prefix of a user pool's domain may be.

    See https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
    """
    if domain_prefix is not None and not is_token(domain_prefix):
        words = "lower-case letters, digits and hyphens, without aws, amazon or cognito"
        pattern = r"(?!.*(aws|amazon|cognito))[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?"
        yield matches("domain_prefix", domain_prefix, pattern, words)
