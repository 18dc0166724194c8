"""The log role of an account, which is set once and never replaced."""

from typing import Any

import pytest

from lambdas.log_role.logic import offer

OURS = "arn:aws:iam::123456789012:role/ours"
THEIRS = "arn:aws:iam::123456789012:role/theirs"


class ApiError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FakeApiGateway:
    """An account with ``role``; the next changes fail with ``errors``."""

    def __init__(self, role: str | None = None, errors: list[str] | None = None) -> None:
        self.account = {"cloudwatchRoleArn": role} if role else {}
        self.errors = errors or []
        self.pauses: list[float] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "get_account":
            return self.account
        assert operation == "update_account"
        if self.errors:
            raise ApiError(self.errors.pop(0))
        [change] = arguments["patchOperations"]
        assert (change["op"], change["path"]) == ("replace", "/cloudwatchRoleArn")
        self.account = {"cloudwatchRoleArn": change["value"]}
        return self.account

    def code_of(self, error: Exception) -> str | None:
        return error.code if isinstance(error, ApiError) else None


def _event(request: str) -> dict[str, Any]:
    known = {} if request == "Create" else {"PhysicalResourceId": "api-gateway-log-role"}
    return {"RequestType": request, "ResourceProperties": {"RoleArn": OURS}, **known}


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_an_account_without_a_role_gets_ours(request_type: str) -> None:
    api = FakeApiGateway()
    assert offer(_event(request_type), api) == "api-gateway-log-role"
    assert api.account == {"cloudwatchRoleArn": OURS}


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_a_role_that_is_set_stays(request_type: str) -> None:
    api = FakeApiGateway(THEIRS)
    assert offer(_event(request_type), api) == "api-gateway-log-role"
    assert api.account == {"cloudwatchRoleArn": THEIRS}


def test_a_deletion_leaves_the_setting() -> None:
    api = FakeApiGateway(OURS)
    offer(_event("Delete"), api)
    assert api.account == {"cloudwatchRoleArn": OURS}


def test_a_role_that_api_gateway_does_not_know_yet_is_offered_again() -> None:
    api = FakeApiGateway(errors=["BadRequestException", "TooManyRequestsException"])
    offer(_event("Create"), api, api.pauses.append)
    assert api.account == {"cloudwatchRoleArn": OURS}
    assert api.pauses == [1, 2]


def test_what_stays_wrong_fails_with_the_reason() -> None:
    api = FakeApiGateway(errors=["BadRequestException"] * 9)
    with pytest.raises(ApiError, match="BadRequest"):
        offer(_event("Create"), api, api.pauses.append)
    assert len(api.pauses) == 5
    denied = FakeApiGateway(errors=["AccessDeniedException"])
    with pytest.raises(ApiError, match="AccessDenied"):
        offer(_event("Create"), denied)
