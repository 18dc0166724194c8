"""The REST API in front of an endpoint."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import Origin, UserPoolArn

Rate = Annotated[int, Field(ge=1, le=10_000)]
Burst = Annotated[int, Field(ge=1, le=5_000)]


class IamAuthorizationSettings(SettingsSection):
    """Callers sign with IAM credentials that may call the API."""

    mode: Literal["iam"] = "iam"
    """IAM signatures."""


class CognitoAuthorizationSettings(SettingsSection):
    """Callers carry a token of a Cognito user pool."""

    mode: Literal["cognito"]
    """Tokens of Cognito."""
    user_pool_arns: Annotated[tuple[UserPoolArn, ...], Field(min_length=1, max_length=10)]
    """The user pools whose tokens are accepted."""


class ApiKeyAuthorizationSettings(SettingsSection):
    """Callers carry an API key, which meters them and proves no identity."""

    mode: Literal["api_key"]
    """An API key of a usage plan."""
    requests_per_second: Rate = 10
    """Requests per second of one key."""
    burst: Burst = 20
    """Requests of one key at one time."""
    requests_per_day: Annotated[int, Field(ge=1, le=100_000_000)] = 10_000
    """Requests per day of one key."""


AuthorizationSettings = Annotated[
    IamAuthorizationSettings | CognitoAuthorizationSettings | ApiKeyAuthorizationSettings,
    Field(discriminator="mode", title="authorization mode"),
]


class WebAclSettings(SettingsSection):
    """A firewall before the API: AWS's rules against known attacks, and a limit for each address."""

    requests_per_5_minutes: Annotated[int, Field(ge=10, le=2_000_000_000)] = 3000
    """Requests of one address in five minutes; more are blocked."""


class FrontDoorSettings(SettingsSection):
    """A REST API in front of the endpoint: `POST /invocations` with `{"instances": [[…], …]}`."""

    authorization: AuthorizationSettings = IamAuthorizationSettings()
    """Who may call, by `mode`."""
    requests_per_second: Rate = 50
    """Requests per second of all callers together."""
    burst: Burst = 100
    """Requests of all callers at one time."""
    allow_origins: Annotated[tuple[Origin, ...], Field(min_length=0, max_length=20)] = ()
    """Origins whose pages may call from a browser; left out, none."""
    streaming: bool = False
    """Hand each part of an answer on as soon as the model has it, through a function; answers may take 8 minutes."""
    web_acl: WebAclSettings | None = None
    """A firewall before the API; left out, authorization and throttling alone guard it."""
