"""Which errors of AWS pass, so that the same call may be made later."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from lambdas.common.aws_api import AwsApi

API = AwsApi("sagemaker")


def _answer(code: str, status: int) -> ClientError:
    response = {"Error": {"Code": code, "Message": "said so"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "CreateTrainingJob")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "error",
    [
        _answer("ThrottlingException", 400),
        _answer("ProvisionedThroughputExceededException", 400),
        _answer("InternalFailure", 500),
        _answer("ServiceUnavailable", 503),
        EndpointConnectionError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com"),
        ReadTimeoutError(endpoint_url="https://api.sagemaker.us-east-1.amazonaws.com"),
    ],
    ids=str,
)
def test_what_says_nothing_of_the_request_passes(error: Exception) -> None:
    assert API.passes(error)


@pytest.mark.parametrize(
    "error",
    [
        _answer("ValidationException", 400),
        _answer("AccessDeniedException", 403),
        _answer("ResourceLimitExceeded", 400),
        KeyError("Request"),
    ],
    ids=str,
)
def test_what_is_refused_stays_refused(error: Exception) -> None:
    assert not API.passes(error)
