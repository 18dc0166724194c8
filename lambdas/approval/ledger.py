"""The pointer to the model package that is live, and the record of every move of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

State = Literal["deploying", "deployed", "failed"]

_LIVE = "live"


class TableApi(Protocol):
    """The calls of DynamoDB that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of DynamoDB."""
        ...


@dataclass(frozen=True)
class Live:
    """Where the pointer is.

    ``since`` is when the package was changed last at the time of the move: what was changed earlier comes too late.
    """

    number: int
    package: str
    since: str
    state: State


class Ledger:
    """The entries of one stage in the table ``name``: one for the pointer, one for each move, one for each package.

    A move is one transaction, and holds only if nobody else has moved the pointer meanwhile. Expressions name
    attributes by aliases alone, as DynamoDB refuses hundreds of words.
    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """

    def __init__(self, api: TableApi, name: str, stage: str) -> None:
        self._api = api
        self._name = name
        self._stage = stage

    def live(self) -> Live | None:
        """Where the pointer is; None before its first move."""
        item = self._get(_LIVE)
        if item is None:
            return None
        state: Any = item["State"]["S"]
        return Live(int(item["Number"]["N"]), item["Package"]["S"], item["Since"]["S"], state)

    def action(self, live: Live) -> str:
        """Why the pointer has moved there."""
        item = self._get(_move(live.number))
        return item["Action"]["S"] if item else ""

    def seen(self, package: str) -> str | None:
        """The approval of a package that was acted on last."""
        item = self._get(f"package#{package}")
        return item["Status"]["S"] if item else None

    def see(self, package: str, status: str) -> None:
        """Take note of an approval that moves nothing."""
        self._api.call("put_item", TableName=self._name, Item=self._seen(package, status))

    def deployed(self) -> Iterator[str]:
        """Packages that were live, the last one first."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "#stage = :stage AND begins_with(#entry, :moves)",
            "ExpressionAttributeNames": {"#stage": "Stage", "#entry": "Entry"},
            "ExpressionAttributeValues": {":stage": {"S": self._stage}, ":moves": {"S": "move#"}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        while True:
            page = self._api.call("query", **arguments)
            for item in page["Items"]:
                if item["State"]["S"] == "deployed":
                    yield item["Package"]["S"]
            if not page.get("LastEvaluatedKey"):
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def move(
        self,
        before: Live | None,
        package: str,
        *,
        since: str,
        action: str,
        seen: tuple[str, str],
        state: State = "deploying",
        reason: str = "",
        failed: bool = False,
    ) -> Live:
        """Move the pointer from where it was seen; raises what the API raises if it is elsewhere by now.

        ``failed`` says so of the move before.
        """
        live = Live(before.number + 1 if before else 1, package, since, state)
        pointer = {
            "Number": {"N": str(live.number)},
            "Package": {"S": package},
            "Since": {"S": since},
            "State": {"S": state},
        }
        unmoved: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#entry)",
            "ExpressionAttributeNames": {"#entry": "Entry"},
        }
        if before:
            unmoved = {
                "ConditionExpression": "#number = :number",
                "ExpressionAttributeNames": {"#number": "Number"},
                "ExpressionAttributeValues": {":number": {"N": str(before.number)}},
            }
        record = {
            **pointer,
            "Action": {"S": action},
            "At": {"S": _now()},
            **({"Reason": {"S": reason}} if reason else {}),
        }
        writes: list[Mapping[str, Any]] = [
            {"Put": {"TableName": self._name, "Item": {**self._key(_LIVE), **pointer}, **unmoved}},
            {"Put": {"TableName": self._name, "Item": {**self._key(_move(live.number)), **record}}},
            {"Put": {"TableName": self._name, "Item": self._seen(*seen)}},
        ]
        if before and failed:
            writes.append(self._settled(before.number, "failed", reason))
        self._api.call("transact_write_items", TransactItems=writes)
        return live

    def settle(self, live: Live, state: State, reason: str = "") -> None:
        """Say how a deployment has ended, if the pointer is still there."""
        of_pointer = {
            "TableName": self._name,
            "Key": self._key(_LIVE),
            "UpdateExpression": "SET #state = :state",
            "ConditionExpression": "#number = :number",
            "ExpressionAttributeNames": {"#state": "State", "#number": "Number"},
            "ExpressionAttributeValues": {":state": {"S": state}, ":number": {"N": str(live.number)}},
        }
        writes = [{"Update": of_pointer}, self._settled(live.number, state, reason)]
        self._api.call("transact_write_items", TransactItems=writes)

    def _settled(self, number: int, state: State, reason: str) -> dict[str, Any]:
        values = {":state": {"S": state}, ":now": {"S": _now()}, ":reason": {"S": reason}}
        return {
            "Update": {
                "TableName": self._name,
                "Key": self._key(_move(number)),
                "UpdateExpression": "SET #state = :state, #at = :now, #outcome = :reason",
                "ExpressionAttributeNames": {"#state": "State", "#at": "SettledAt", "#outcome": "Outcome"},
                "ExpressionAttributeValues": values,
            }
        }

    def _get(self, entry: str) -> Mapping[str, Any] | None:
        found = self._api.call("get_item", TableName=self._name, Key=self._key(entry), ConsistentRead=True)
        return found.get("Item")

    def _key(self, entry: str) -> dict[str, Any]:
        return {"Stage": {"S": self._stage}, "Entry": {"S": entry}}

    def _seen(self, package: str, status: str) -> dict[str, Any]:
        return {**self._key(f"package#{package}"), "Status": {"S": status}}


def _move(number: int) -> str:
    return f"move#{number:08d}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
