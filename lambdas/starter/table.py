"""What was started, what is being started, and what waits: the items of one pipeline."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.starter.requests import StartRequest

_GATE = "gate"
_KEPT_SECONDS = 30 * 24 * 3600
"""An event comes again within days: EventBridge tries for one, and a message waits for four at most."""


class StartTableApi(Protocol):
    """The calls of DynamoDB that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of DynamoDB."""
        ...


@dataclass(frozen=True)
class Gate:
    """What one start at a time goes through. ``starting`` is the token of a start that was not seen to end."""

    number: int = 0
    starting: str = ""
    last_arn: str = ""
    last_at: float = 0


@dataclass(frozen=True)
class BegunStart:
    """A start that was decided on, and how it ended; ``state`` is ``starting``, ``started`` or ``merged``."""

    state: str
    trigger: str
    parameters: Sequence[Mapping[str, str]]
    at: float
    arn: str = ""


@dataclass(frozen=True)
class Pace:
    """When a trigger started the pipeline last, and which of its events waits for the end of the cool-down."""

    started_at: float = 0
    waiting: str = ""
    waiting_time: str = ""


class StartTable:
    """The table ``name``, whose items expire thirty days after the event, but for one that each trigger shares.

    Expressions name attributes by aliases alone, as DynamoDB refuses hundreds of words.
    See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """

    def __init__(self, api: StartTableApi, name: str, now: Callable[[], float]) -> None:
        self._api = api
        self._name = name
        self._now = now

    def begun(self, token: str) -> BegunStart | None:
        """What became of a start; None for one that was never decided on, or was refused."""
        item = self._get(f"start#{token}")
        if item is None:
            return None
        return BegunStart(
            state=item["State"]["S"],
            trigger=item["Trigger"]["S"],
            parameters=json.loads(item["Parameters"]["S"]),
            at=float(item["At"]["N"]),
            arn=item["Arn"]["S"] if "Arn" in item else "",
        )

    def gate(self) -> Gate:
        """The gate; open before the first start."""
        item = self._get(_GATE) or {}
        return Gate(
            number=int(item["Number"]["N"]) if "Number" in item else 0,
            starting=item["Starting"]["S"] if "Starting" in item else "",
            last_arn=item["LastArn"]["S"] if "LastArn" in item else "",
            last_at=float(item["LastAt"]["N"]) if "LastAt" in item else 0,
        )

    def pace(self, trigger: str) -> Pace:
        """The pace of a trigger."""
        item = self._get(f"trigger#{trigger}") or {}
        return Pace(
            started_at=float(item["StartedAt"]["N"]) if "StartedAt" in item else 0,
            waiting=item["Waiting"]["S"] if "Waiting" in item else "",
            waiting_time=item["WaitingTime"]["S"] if "WaitingTime" in item else "",
        )

    def wait(self, request: StartRequest, pace: Pace) -> None:
        """Let ``request`` be the one that waits, and the one that waited until now be merged into it.

        Raises what the API raises if another one waits by now.
        """
        unchanged: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#waiting)",
            "ExpressionAttributeNames": {"#waiting": "Waiting", "#time": "WaitingTime"},
        }
        values: dict[str, Any] = {":token": {"S": request.token}, ":time": {"S": request.time}}
        if pace.waiting:
            unchanged["ConditionExpression"] = "#waiting = :before"
            values[":before"] = {"S": pace.waiting}
        update = {
            "TableName": self._name,
            "Key": _key(f"trigger#{request.trigger}"),
            "UpdateExpression": "SET #waiting = :token, #time = :time",
            "ExpressionAttributeValues": values,
            **unchanged,
        }
        writes: list[Mapping[str, Any]] = [{"Update": update}]
        if pace.waiting:
            writes.append({"Put": self._new(pace.waiting, "merged", request.trigger)})
        self._api.call("transact_write_items", TransactItems=writes)

    def merge(self, request: StartRequest) -> None:
        """Note that a later event of the trigger starts the pipeline in place of ``request``.

        Raises what the API raises if it was started meanwhile.
        """
        put = self._new(request.token, "merged", request.trigger)
        self._api.call("transact_write_items", TransactItems=[{"Put": put}])

    def claim(self, gate: Gate, request: StartRequest, parameters: Sequence[Mapping[str, str]]) -> None:
        """Decide on a start; raises what the API raises if anybody else has gone through the gate since ``gate``."""
        unmoved: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#number)",
            "ExpressionAttributeNames": {"#number": "Number"},
        }
        if gate.number:
            unmoved["ConditionExpression"] = "#number = :number"
            unmoved["ExpressionAttributeValues"] = {":number": {"N": str(gate.number)}}
        item = {**_key(_GATE), "Number": {"N": str(gate.number + 1)}, "Starting": {"S": request.token}}
        start = self._new(request.token, "starting", request.trigger, parameters)
        writes: list[Mapping[str, Any]] = [
            {"Put": {"TableName": self._name, "Item": item, **unmoved}},
            {"Put": start},
        ]
        if request.cool_down:
            pace = {**_key(f"trigger#{request.trigger}"), "StartedAt": _number(self._now())}
            writes.append({"Put": {"TableName": self._name, "Item": pace}})
        self._api.call("transact_write_items", TransactItems=writes)

    def settle(self, token: str, arn: str) -> None:
        """Note the execution that was started, and open the gate."""
        started = {
            "TableName": self._name,
            "Key": _key(f"start#{token}"),
            "UpdateExpression": "SET #state = :started, #arn = :arn",
            "ExpressionAttributeNames": {"#state": "State", "#arn": "Arn"},
            "ExpressionAttributeValues": {":started": {"S": "started"}, ":arn": {"S": arn}},
        }
        last = {":arn": {"S": arn}, ":now": _number(self._now())}
        opened = self._opened(token, "SET #arn = :arn, #at = :now ", {"#arn": "LastArn", "#at": "LastAt"}, last)
        self._api.call("transact_write_items", TransactItems=[{"Update": opened}, {"Update": started}])

    def drop(self, token: str) -> None:
        """Forget a start that was refused, and open the gate."""
        deleted = {"TableName": self._name, "Key": _key(f"start#{token}")}
        writes = [{"Update": self._opened(token, "", {}, {})}, {"Delete": deleted}]
        self._api.call("transact_write_items", TransactItems=writes)

    def _opened(self, token: str, sets: str, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "Key": _key(_GATE),
            "UpdateExpression": f"{sets}REMOVE #starting",
            "ConditionExpression": "#starting = :token",
            "ExpressionAttributeNames": {"#starting": "Starting", **names},
            "ExpressionAttributeValues": {":token": {"S": token}, **values},
        }

    def _new(
        self, token: str, state: str, trigger: str, parameters: Sequence[Mapping[str, str]] = ()
    ) -> dict[str, Any]:
        now = self._now()
        item = {
            **_key(f"start#{token}"),
            "State": {"S": state},
            "Trigger": {"S": trigger},
            "Parameters": {"S": json.dumps(parameters)},
            "At": _number(now),
            "Expires": {"N": str(int(now) + _KEPT_SECONDS)},
        }
        return {
            "TableName": self._name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#entry)",
            "ExpressionAttributeNames": {"#entry": "Entry"},
        }

    def _get(self, entry: str) -> Mapping[str, Any] | None:
        found = self._api.call("get_item", TableName=self._name, Key=_key(entry), ConsistentRead=True)
        return found.get("Item")


def _key(entry: str) -> dict[str, Any]:
    return {"Entry": {"S": entry}}


def _number(value: float) -> dict[str, str]:
    return {"N": f"{value:.3f}"}
