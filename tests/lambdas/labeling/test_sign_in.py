"""A user pool is told where its workforce is, and keeps all else that it was told."""

from typing import Any

from lambdas.labeling.sign_in import allow_sign_in


class Pool:
    """A pool with one client, whose update sets back what it is not given."""

    def __init__(self, **client: Any) -> None:
        self.client = client

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "update_user_pool_client":
            self.client = arguments
        return {"UserPoolClient": self.client}


def test_people_are_sent_back_to_the_workforce_and_nowhere_else() -> None:
    kept = {"PreventUserExistenceErrors": "ENABLED", "RefreshTokenValidity": 1, "EnableTokenRevocation": False}
    # A client without a name shows an empty one, which no update takes.
    kept_out = {"ClientSecret": "s", "ClientName": ""}
    pool = Pool(**kept_out, CallbackURLs=["https://elsewhere.example.com"], **kept)
    properties = {
        "UserPoolId": "us-east-1_0",
        "ClientId": "c",
        "SubDomain": "0a1b.labeling.us-east-1.sagemaker.aws",
        "IdentityProviders": ["COGNITO"],
    }
    allow_sign_in(properties, pool)
    allow_sign_in(properties, pool)
    assert pool.client["CallbackURLs"] == ["https://0a1b.labeling.us-east-1.sagemaker.aws/oauth2/idpresponse"]
    assert pool.client["LogoutURLs"] == ["https://0a1b.labeling.us-east-1.sagemaker.aws/logout"]
    assert pool.client["AllowedOAuthFlows"] == ["code"]
    assert {name: pool.client[name] for name in kept} == kept
    assert not kept_out.keys() & pool.client.keys()
