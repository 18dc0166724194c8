"""Make a log group, or find it there, and set for how long it is kept."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_RETRIED = frozenset(
    (
        # A right that was granted a moment ago reaches CloudWatch seconds later.
        "AccessDeniedException",
        "OperationAbortedException",
        "ServiceUnavailableException",
        "ThrottlingException",
    )
)


class LogsApi(Protocol):
    """The calls that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of CloudWatch Logs."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class Patience:
    """How often a call is repeated, and the pause before the first repetition, which doubles each time."""

    tries: int = 6
    seconds: float = 1.0
    sleep: Callable[[float], None] = time.sleep


def keep(event: Mapping[str, Any], api: LogsApi, patience: Patience | None = None) -> str:
    """Return the group's name, which is the physical id; a deletion leaves the group and its logs as they are."""
    if event["RequestType"] == "Delete":
        # Before anything else: what could not be created for its properties has to go all the same.
        return str(event["PhysicalResourceId"])
    properties = event["ResourceProperties"]
    group = str(properties["LogGroupName"])
    waiting = patience or Patience()
    try:
        _repeated(api, waiting, "create_log_group", logGroupName=group)
    except Exception as error:
        # SageMaker makes the group with the first line of a container, and may have been faster.
        if api.code_of(error) != "ResourceAlreadyExistsException":
            raise
    days = int(properties["RetentionInDays"])
    _repeated(api, waiting, "put_retention_policy", logGroupName=group, retentionInDays=days)
    return group


def _repeated(api: LogsApi, patience: Patience, operation: str, **arguments: Any) -> None:
    for attempt in range(patience.tries):
        try:
            api.call(operation, **arguments)
            return
        except Exception as error:
            if api.code_of(error) not in _RETRIED or attempt == patience.tries - 1:
                raise
            patience.sleep(patience.seconds * 2**attempt)
