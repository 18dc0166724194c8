"""Set the account's log role of API Gateway, or leave the one that is set."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

_TRIES = 6
# API Gateway assumes the role before it takes it, and a role that was made a moment ago is not known everywhere.
_RETRIED = frozenset(("BadRequestException", "TooManyRequestsException"))


class ApiGateway(Protocol):
    """The calls that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of API Gateway."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


def offer(event: Mapping[str, Any], api: ApiGateway, sleep: Callable[[float], None] = time.sleep) -> str:
    """Return the physical id. A role that is set stays, whoever set it, and so does ours after a deletion."""
    known = str(event.get("PhysicalResourceId") or "api-gateway-log-role")
    if event["RequestType"] == "Delete" or api.call("get_account").get("cloudwatchRoleArn"):
        return known
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": event["ResourceProperties"]["RoleArn"]}
    for attempt in range(_TRIES):
        try:
            api.call("update_account", patchOperations=[change])
            break
        except Exception as error:
            if api.code_of(error) not in _RETRIED or attempt == _TRIES - 1:
                raise
            sleep(2.0**attempt)
    return known
