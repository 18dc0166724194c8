"""People of your own who label, and where they sign in."""

from collections.abc import Iterator, Sequence
from weakref import WeakKeyDictionary

from aws_cdk import CfnResource, RemovalPolicy, Stack, Stage
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import depend, stage_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.labeling.labeling_people import LabelingPeopleBase, domain_prefix_problems

_MADE: "WeakKeyDictionary[Stage | Stack, dict[tuple[str, str], str]]" = WeakKeyDictionary()
_CIDR = r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}"


class LabelingWorkforce(LabelingPeopleBase):
    """The private workforce of an account in a region, which can have one: a user pool whose groups are work teams.

    Nobody signs up: an administrator creates each person in the user pool and adds them to the groups of their teams.
    ``domain_prefix`` is where they sign in, unique within the region (default: made from the path and the account).
    ``source_cidrs`` limit from where they work, at most 10. ``multi_factor`` asks for a code of an authenticator. The
    pool is retained when the stack goes, with everybody in it, unless ``removal_policy`` says otherwise.

    Provisions: ``AWS::Cognito::UserPool``, ``UserPoolClient`` and ``UserPoolDomain``, an
    ``AWS::SageMaker::Workforce``, a ``Custom::SageMakerWorkforceSignIn`` that tells the pool where the workforce is,
    and a function with role and logs.
    Raises ``InvalidInput`` for a second one in the same account and region, and for what is no CIDR block.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-workforce-private-use-cognito.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        domain_prefix: str | None = None,
        source_cidrs: Sequence[str] = (),
        multi_factor: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        reject(self, self._problems(domain_prefix, source_cidrs))
        self.name: str = physical_name(self, 63)
        domain = self._make_pool(domain_prefix, multi_factor, removal_policy)
        client = cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=self.user_pool_id,
            generate_secret=True,
            prevent_user_existence_errors="ENABLED",
            supported_identity_providers=["COGNITO"],
        )
        self.client_id: str = client.ref
        self._resource = sagemaker.CfnWorkforce(
            self,
            "Resource",
            workforce_name=self.name,
            cognito_config={"userPool": self.user_pool_id, "clientId": client.ref},
            source_ip_config={"cidrs": list(source_cidrs)} if source_cidrs else None,
        )
        depend(self._resource, domain)
        self.sub_domain: str = self._resource.attr_sub_domain
        self._tell_the_pool()

    def _tell_the_pool(self) -> None:
        grants = Grants()
        grants.allow("cognito-idp:DescribeUserPoolClient", "cognito-idp:UpdateUserPoolClient", on=self.user_pool_arn)
        function = LibraryFunction(
            self,
            "SignInFunction",
            code="labeling",
            handler="handler.sign_in",
            description=f"Tells a user pool where {self.path} is",
            timeout_seconds=60,
            holds="It reads and writes the settings of one client of a user pool.",
            grants=grants,
        )
        CfnResource(
            self,
            "SignIn",
            type="Custom::SageMakerWorkforceSignIn",
            properties={
                "ServiceToken": function.arn,
                "UserPoolId": self.user_pool_id,
                "ClientId": self.client_id,
                "SubDomain": self.sub_domain,
                "IdentityProviders": ["COGNITO"],
            },
        )

    def _problems(self, domain_prefix: str | None, source_cidrs: Sequence[str]) -> Iterator[Problem | None]:
        made = _MADE.setdefault(stage_of(self.location.stack), {})
        where = (self.location.account, self.location.region)
        # Stacks whose account only a deployment decides may be for different ones.
        if where in made and not any(map(is_token, where)):
            yield Problem(
                "", f"must be the only one of its account and region, which can have one, got: {made[where]} too"
            )
        made.setdefault(where, self.path)
        yield no_more_than("source_cidrs", source_cidrs, 10)
        for index, cidr in enumerate(source_cidrs):
            yield matches(f"source_cidrs[{index}]", cidr, _CIDR, "a CIDR block such as 192.0.2.0/24")
        yield from domain_prefix_problems(domain_prefix)
