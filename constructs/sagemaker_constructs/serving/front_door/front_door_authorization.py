"""Who may come through the front door."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, positive, reject


@dataclass(frozen=True)
class Admission:
    """What a method of the API has to ask for."""

    type: apigateway.AuthorizationType
    authorizer: apigateway.IAuthorizer | None = None
    api_key_required: bool = False


class FrontDoorAuthorization(ABC):
    """Make one with ``iam``, ``cognito`` or ``api_key``."""

    @abstractmethod
    def bind(self, scope: Construct, api: apigateway.RestApi) -> Admission:
        """Add to ``api`` what this kind needs."""

    @staticmethod
    def iam() -> "FrontDoorAuthorization":
        """Callers sign with IAM credentials that ``FrontDoor.grant_call`` has let in."""
        return _Iam()

    @staticmethod
    def cognito(user_pools: Sequence[cognito.IUserPool]) -> "FrontDoorAuthorization":
        """Callers carry a token of one of ``user_pools``."""
        return _Cognito(user_pools)

    @staticmethod
    def api_key(*, requests_per_second: float, burst: int, requests_per_day: int) -> "FrontDoorAuthorization":
        """Callers carry an API key whose usage plan has these limits. A key meters callers; it proves no identity.

        See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
        """
        return _ApiKey(requests_per_second, burst, requests_per_day)


class _Iam(FrontDoorAuthorization):
    def bind(self, scope: Construct, api: apigateway.RestApi) -> Admission:
        del scope, api
        return Admission(apigateway.AuthorizationType.IAM)


class _Cognito(FrontDoorAuthorization):
    def __init__(self, user_pools: Sequence[cognito.IUserPool]) -> None:
        self._user_pools = list(user_pools)

    def bind(self, scope: Construct, api: apigateway.RestApi) -> Admission:
        del api
        reject(scope, [None if self._user_pools else Problem("user_pools", "must name at least one pool, got: none")])
        authorizer = apigateway.CognitoUserPoolsAuthorizer(scope, "Authorizer", cognito_user_pools=self._user_pools)
        return Admission(apigateway.AuthorizationType.COGNITO, authorizer=cast(apigateway.IAuthorizer, authorizer))


class _ApiKey(FrontDoorAuthorization):
    def __init__(self, requests_per_second: float, burst: int, requests_per_day: int) -> None:
        self._requests_per_second = requests_per_second
        self._burst = burst
        self._requests_per_day = requests_per_day

    def bind(self, scope: Construct, api: apigateway.RestApi) -> Admission:
        reject(
            scope,
            [
                positive("api_key.requests_per_second", self._requests_per_second),
                positive("api_key.burst", self._burst),
                positive("api_key.requests_per_day", self._requests_per_day),
            ],
        )
        plan = api.add_usage_plan(
            "UsagePlan",
            throttle=apigateway.ThrottleSettings(rate_limit=self._requests_per_second, burst_limit=self._burst),
            quota=apigateway.QuotaSettings(limit=self._requests_per_day, period=apigateway.Period.DAY),
        )
        plan.add_api_stage(stage=api.deployment_stage)
        plan.add_api_key(api.add_api_key("ApiKey"))
        return Admission(apigateway.AuthorizationType.NONE, api_key_required=True)
