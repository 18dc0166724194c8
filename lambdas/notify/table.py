"""What was told to whom, what waits for the end of quiet hours, and whether these are now."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from lambdas.common.retried_queue import LaterError
from lambdas.notify.news import News

_LEASE_SECONDS = 120
_KEPT_SECONDS = 30 * 24 * 3600
_QUIET, _HELD = "quiet", "held"


class NewsTableApi(Protocol):
    """Calls of DynamoDB."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


@dataclass(frozen=True)
class NewsTable:
    """The table ``name``. Expressions name attributes by aliases, as DynamoDB refuses hundreds of words."""

    api: NewsTableApi
    name: str
    now: Callable[[], float]

    def claim(self, channel: str, news: News) -> bool:
        """Whether ``news`` are still to be told to a channel, by this call alone.

        Raises ``LaterError`` while another call is about to.
        """
        key = _key(f"told#{channel}#{news.id}")
        item = {
            **key,
            "State": {"S": "telling"},
            "Until": self._in(_LEASE_SECONDS),
            "Expires": self._in(_KEPT_SECONDS),
        }
        try:
            self.api.call(
                "put_item",
                TableName=self.name,
                Item=item,
                ConditionExpression="attribute_not_exists(#entry) OR (#state = :telling AND #until < :now)",
                ExpressionAttributeNames={"#entry": "Entry", "#state": "State", "#until": "Until"},
                ExpressionAttributeValues={":telling": {"S": "telling"}, ":now": self._in(0)},
            )
        except Exception as error:
            if self.api.code_of(error) != "ConditionalCheckFailedException":
                raise
            found = self._get(key)
            if found.get("State", {}).get("S") == "told":
                return False
            raise LaterError(f"another call tells {channel} of it", 30) from error
        return True

    def told(self, channel: str, news: News) -> None:
        """Note that a channel was told: this is the line of an audit."""
        item = {
            **_key(f"told#{channel}#{news.id}"),
            "State": {"S": "told"},
            "At": self._in(0),
            "Title": {"S": news.title},
            "Expires": self._in(_KEPT_SECONDS),
        }
        self.api.call("put_item", TableName=self.name, Item=item)

    def release(self, channel: str, news: News) -> None:
        """Let somebody else tell it."""
        self.api.call("delete_item", TableName=self.name, Key=_key(f"told#{channel}#{news.id}"))

    def is_last(self, news: News) -> bool:
        """Whether nothing newer is known of the same alarm: messages may come in another order."""
        try:
            self.api.call(
                "update_item",
                TableName=self.name,
                Key=_key(f"last#{news.about}"),
                UpdateExpression="SET #at = :at, #expires = :expires",
                ConditionExpression="attribute_not_exists(#at) OR #at <= :at",
                ExpressionAttributeNames={"#at": "Happened", "#expires": "Expires"},
                ExpressionAttributeValues={":at": {"S": news.at}, ":expires": self._in(_KEPT_SECONDS)},
            )
        except Exception as error:
            if self.api.code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def begin_quiet(self, seconds: int) -> None:
        """Hold back what can wait, for so long at most."""
        self.api.call("put_item", TableName=self.name, Item={**_key(_QUIET), "Until": self._in(seconds)})

    def end_quiet(self) -> None:
        """Hold back nothing any more."""
        self.api.call("delete_item", TableName=self.name, Key=_key(_QUIET))

    @property
    def quiet(self) -> bool:
        """Whether quiet hours are now."""
        until = self._get(_key(_QUIET)).get("Until")
        return until is not None and float(until["N"]) > self.now()

    def hold(self, news: News) -> None:
        """Keep ``news`` until the end of quiet hours; the same ones are kept once."""
        self._change("ADD", [_text(news)])

    def held(self) -> Sequence[News]:
        """What is kept."""
        return [News(**json.loads(each)) for each in self._get(_key(_HELD)).get("News", {}).get("SS", [])]

    def forget(self, held: Sequence[News]) -> None:
        """Keep these no longer; what has come since stays."""
        self._change("DELETE", [_text(each) for each in held])

    def _change(self, verb: str, texts: Sequence[str]) -> None:
        self.api.call(
            "update_item",
            TableName=self.name,
            Key=_key(_HELD),
            UpdateExpression=f"{verb} #news :these",
            ExpressionAttributeNames={"#news": "News"},
            ExpressionAttributeValues={":these": {"SS": list(texts)}},
        )

    def _get(self, key: dict[str, Any]) -> dict[str, Any]:
        return self.api.call("get_item", TableName=self.name, Key=key, ConsistentRead=True).get("Item") or {}

    def _in(self, seconds: int) -> dict[str, str]:
        return {"N": str(int(self.now()) + seconds)}


def _key(entry: str) -> dict[str, Any]:
    return {"Entry": {"S": entry}}


def _text(news: News) -> str:
    return json.dumps(asdict(news), sort_keys=True)
