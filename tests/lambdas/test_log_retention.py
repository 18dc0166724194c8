"""Log groups that are made or found, and kept for so long, against an API that fails as CloudWatch Logs does."""

from typing import Any, cast

import boto3
import pytest

from lambdas.common.aws_api import AwsApi
from lambdas.log_retention.logic import Patience, keep

GROUP = "/aws/sagemaker/Endpoints/churn"


def _event(request: str = "Create", *, days: str = "30", **more: Any) -> dict[str, Any]:
    # CloudFormation hands numbers over as text.
    return {"RequestType": request, "ResourceProperties": {"LogGroupName": GROUP, "RetentionInDays": days}, **more}


class ApiError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: not now")
        self.code = code


class FakeLogs:
    """Groups in memory; ``errors`` maps an operation to the codes that its next calls fail with."""

    def __init__(
        self, groups: dict[str, int | None] | None = None, errors: dict[str, list[str]] | None = None
    ) -> None:
        self.groups = groups if groups is not None else {}
        self.errors = errors or {}
        self.calls: list[str] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        self.calls.append(operation)
        if self.errors.get(operation):
            raise ApiError(self.errors[operation].pop(0))
        name = arguments.pop("logGroupName")
        if operation == "create_log_group":
            assert arguments == {}
            if name in self.groups:
                raise ApiError("ResourceAlreadyExistsException")
            self.groups[name] = None
        else:
            assert operation == "put_retention_policy"
            assert set(arguments) == {"retentionInDays"}
            if name not in self.groups:
                raise ApiError("ResourceNotFoundException")
            self.groups[name] = arguments["retentionInDays"]
        return {}

    def code_of(self, error: Exception) -> str | None:
        return error.code if isinstance(error, ApiError) else None


class Pauses(list[float]):
    """What somebody waited, without waiting."""

    def patience(self, tries: int = 6) -> Patience:
        return Patience(tries=tries, seconds=1.0, sleep=self.append)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_a_group_that_is_not_there_is_made_and_kept(request_type: str) -> None:
    api = FakeLogs()
    assert keep(_event(request_type), api) == GROUP
    assert api.groups == {GROUP: 30}
    assert api.calls == ["create_log_group", "put_retention_policy"]


def test_a_group_that_is_there_already_is_kept(pauses: Pauses) -> None:
    api = FakeLogs({GROUP: None, "/other": 7})
    assert keep(_event(days="90"), api, pauses.patience()) == GROUP
    assert api.groups == {GROUP: 90, "/other": 7}
    assert pauses == []


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "OperationAbortedException", "ServiceUnavailableException", "ThrottlingException"],
)
@pytest.mark.parametrize("operation", ["create_log_group", "put_retention_policy"])
def test_what_passes_is_tried_again_with_growing_pauses(pauses: Pauses, operation: str, code: str) -> None:
    api = FakeLogs(errors={operation: [code] * 3})
    assert keep(_event(), api, pauses.patience()) == GROUP
    assert api.groups == {GROUP: 30}
    assert pauses == [1, 2, 4]


def test_a_right_that_stays_away_is_given_up_on_with_the_reason(pauses: Pauses) -> None:
    api = FakeLogs(errors={"put_retention_policy": ["AccessDeniedException"] * 99})
    with pytest.raises(ApiError, match="AccessDeniedException: not now"):
        keep(_event(), api, pauses.patience())
    assert api.calls == ["create_log_group"] + ["put_retention_policy"] * 6
    assert pauses == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("operation", ["create_log_group", "put_retention_policy"])
def test_what_does_not_pass_is_tried_once(pauses: Pauses, operation: str) -> None:
    api = FakeLogs(errors={operation: ["InvalidParameterException"]})
    with pytest.raises(ApiError, match="InvalidParameterException"):
        keep(_event(), api, pauses.patience())
    assert api.calls.count(operation) == 1
    assert pauses == []


def test_an_error_that_is_no_answer_of_the_api_ends_it(pauses: Pauses) -> None:
    class Broken(FakeLogs):
        def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
            raise OSError(f"no network for {operation} of {arguments}")

    with pytest.raises(OSError, match="no network"):
        keep(_event(), Broken(), pauses.patience())
    assert pauses == []


def test_deleting_leaves_the_group_as_it_is() -> None:
    api = FakeLogs({GROUP: 30})
    assert keep(_event("Delete", PhysicalResourceId=GROUP), api) == GROUP
    assert (api.calls, api.groups) == ([], {GROUP: 30})


def test_deleting_what_was_never_made_answers_with_the_id_that_cloudformation_knows() -> None:
    assert keep(_event("Delete", PhysicalResourceId="request-1"), FakeLogs()) == "request-1"


def test_another_group_is_another_resource() -> None:
    api = FakeLogs({"/aws/sagemaker/Endpoints/before": 30})
    before = {"PhysicalResourceId": "/aws/sagemaker/Endpoints/before"}
    assert keep(_event("Update", **before), api) == GROUP
    assert api.groups == {"/aws/sagemaker/Endpoints/before": 30, GROUP: 30}


def test_the_longest_wait_fits_into_the_function_s_timeout() -> None:
    patience = Patience()
    longest = 2 * sum(patience.seconds * 2**attempt for attempt in range(patience.tries - 1))
    assert longest < 180


def test_the_calls_are_operations_of_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("REGION", "us-east-1"), ("ACCESS_KEY_ID", "none"), ("SECRET_ACCESS_KEY", "none")):
        monkeypatch.setenv(f"AWS_{'DEFAULT_' if name == 'REGION' else ''}{name}", value)
    client = cast(Any, boto3).client("logs")
    for operation in ("create_log_group", "put_retention_policy"):
        assert callable(getattr(client, operation))


def test_an_error_of_the_real_api_says_its_code() -> None:
    from botocore.exceptions import ClientError

    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreateLogGroup")
    api = AwsApi("logs")
    assert api.code_of(error) == "AccessDeniedException"
    assert api.code_of(OSError()) is None
