"""Where people sign in to a private workforce, told to its user pool: it is known once the workforce is there."""

from collections.abc import Mapping
from typing import Any, Protocol

_KEPT = (
    "AccessTokenValidity",
    "AuthSessionValidity",
    "ClientName",
    "EnableTokenRevocation",
    "ExplicitAuthFlows",
    "IdTokenValidity",
    "PreventUserExistenceErrors",
    "ReadAttributes",
    "RefreshTokenValidity",
    "TokenValidityUnits",
    "WriteAttributes",
)
"""What an update would set back to its default otherwise."""


class UserPoolApi(Protocol):
    """Calls of Cognito."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...


def allow_sign_in(properties: Mapping[str, Any], api: UserPoolApi) -> None:
    """Let the client send people back to the workforce's own domain, and to no other.

    See https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
    """
    named = {"UserPoolId": properties["UserPoolId"], "ClientId": properties["ClientId"]}
    client = api.call("describe_user_pool_client", **named)["UserPoolClient"]
    domain = properties["SubDomain"]
    api.call(
        "update_user_pool_client",
        **named,
        **{name: client[name] for name in _KEPT if client.get(name) not in (None, "")},
        SupportedIdentityProviders=list(properties["IdentityProviders"]),
        CallbackURLs=[f"https://{domain}/oauth2/idpresponse"],
        LogoutURLs=[f"https://{domain}/logout"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["email", "openid", "profile"],
    )
