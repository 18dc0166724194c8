"""The API of an AWS service, with retries."""

from functools import cache
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


@cache
def _client(service: str) -> Any:
    return cast(Any, boto3).client(
        service,
        config=Config(retries={"mode": "standard", "max_attempts": 8}, connect_timeout=5, read_timeout=20),
    )


class AwsApi:
    """Calls of ``service`` by name; throttled and failed calls are repeated with growing pauses."""

    def __init__(self, service: str) -> None:
        self._service = service

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``, a boto3 method name."""
        return getattr(_client(self._service), operation)(**arguments)

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        return str(cast(Any, error).response["Error"]["Code"]) if isinstance(error, ClientError) else None

    def passes(self, error: Exception) -> bool:
        """Whether ``error`` says nothing of the request, so that the same one may be answered later.

        Throttling, a fault of the service, a connection that broke off.
        """
        if isinstance(error, ClientError):
            status = cast(Any, error).response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return status >= 500 or self.code_of(error) in _THROTTLED
        return isinstance(error, BotoCoreError)
