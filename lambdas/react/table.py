"""Locks with cool-downs, and a line of an audit for each reaction to each window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.common.retried_queue import LaterError
from lambdas.react.requests import ReactionRequest

_LEASE_SECONDS = 90
"""Longer than the function runs: whoever holds the lock then is dead."""
_KEPT_SECONDS = 365 * 24 * 3600
_TAKEN = ("TransactionCanceledException", "ConditionalCheckFailedException")


class ReactionTableApi(Protocol):
    """Calls of DynamoDB."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


@dataclass(frozen=True)
class ReactionTable:
    """The table ``name``. Expressions name attributes by aliases, as DynamoDB refuses hundreds of words."""

    api: ReactionTableApi
    name: str
    now: Callable[[], float]

    def line(self, request: ReactionRequest) -> Mapping[str, Any]:
        """The line of the audit on a reaction; empty where there is none yet."""
        return self._get(_line(request))

    def claim(self, request: ReactionRequest, target: str) -> bool:
        """Begin to act on ``target``, which a second attempt finds in the line; False within the cool-down.

        Raises ``LaterError`` while somebody else acts, on this window or on another one.
        """
        lock = {
            **_key(f"lock#{request.name}"),
            "Token": {"S": request.token},
            "State": {"S": "acting"},
            "Free": self._in(_LEASE_SECONDS),
        }
        free = {
            "TableName": self.name,
            "Item": lock,
            "ConditionExpression": "attribute_not_exists(#entry) OR #free <= :now",
            "ExpressionAttributeNames": {"#entry": "Entry", "#free": "Free"},
            "ExpressionAttributeValues": {":now": self._in(0)},
        }
        line = {"TableName": self.name, "Item": self._about(request, "acting", "", target)}
        try:
            self.api.call("transact_write_items", TransactItems=[{"Put": free}, {"Put": line}])
        except Exception as error:
            if self.api.code_of(error) not in _TAKEN:
                raise
            other = self._get(_key(f"lock#{request.name}"))
            if other.get("State", {}).get("S") == "acting":
                raise LaterError("somebody else is about to react", 5) from error
            return False
        return True

    def release(self, request: ReactionRequest) -> None:
        """Let whoever comes next act; the line and its target stay."""
        item = {
            **_key(f"lock#{request.name}"),
            "Token": {"S": request.token},
            "State": {"S": "free"},
            "Free": self._in(0),
        }
        self.api.call("put_item", TableName=self.name, Item=item)

    def settle(self, request: ReactionRequest, state: str, outcome: str, target: str) -> None:
        """Note how it ended, and begin the cool-down."""
        lock = {
            **_key(f"lock#{request.name}"),
            "Token": {"S": request.token},
            "State": {"S": state},
            "Free": self._in(request.cool_down if state == "done" else 0),
        }
        writes = [
            {"Put": {"TableName": self.name, "Item": lock}},
            {"Put": {"TableName": self.name, "Item": self._about(request, state, outcome, target)}},
        ]
        self.api.call("transact_write_items", TransactItems=writes)

    def skip(self, request: ReactionRequest, outcome: str) -> None:
        """Note why nothing is done."""
        self.api.call("put_item", TableName=self.name, Item=self._about(request, "skipped", outcome, ""))

    def _about(self, request: ReactionRequest, state: str, outcome: str, target: str) -> dict[str, Any]:
        detail = request.detail
        told = {
            "State": state,
            "Reaction": request.name,
            "Kind": request.kind,
            "Monitor": str(detail["monitor"]),
            "Window": str(detail["window"]["name"]),
            "Because": request.because,
            "Report": str(detail.get("report", "")),
            "Outcome": outcome,
            "Target": target,
        }
        item = {name: {"S": value} for name, value in told.items()}
        return {**_line(request), **item, "At": self._in(0), "Expires": self._in(_KEPT_SECONDS)}

    def _get(self, key: dict[str, Any]) -> Mapping[str, Any]:
        return self.api.call("get_item", TableName=self.name, Key=key, ConsistentRead=True).get("Item") or {}

    def _in(self, seconds: int) -> dict[str, str]:
        return {"N": str(int(self.now()) + seconds)}


def _line(request: ReactionRequest) -> dict[str, Any]:
    return _key(f"reaction#{request.token}")


def _key(entry: str) -> dict[str, Any]:
    return {"Entry": {"S": entry}}
