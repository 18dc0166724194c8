"""The queue of messages that were given up, with the reason."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from lambdas.feature_ingestion.messages import Message
from lambdas.feature_ingestion.store import ServiceApi

_MOST_AT_ONCE = 10
_MOST_BYTES = 900_000
_LONGEST_REASON = 1000
_BASE64 = "base64"


class DeadLetters:
    """The queue at ``url``."""

    def __init__(self, api: ServiceApi, url: str) -> None:
        self._api = api
        self._url = url

    def bury(self, given_up: Sequence[tuple[Message, str]]) -> list[Message]:
        """Send messages with their reasons; returns those that the queue did not take."""
        left: list[Message] = []
        for part in _parts(given_up):
            entries = [_entry(str(index), message, reason) for index, (message, reason) in enumerate(part)]
            failed = self._api.call("send_message_batch", QueueUrl=self._url, Entries=entries).get("Failed", ())
            left += [part[int(each["Id"])][0] for each in failed]
        return left

    def waiting(self, most: int) -> Iterator[Mapping[str, Any]]:
        """Messages of the queue, each once; they stay hidden until they are deleted or let go."""
        while most > 0:
            received = self._api.call(
                "receive_message",
                QueueUrl=self._url,
                MaxNumberOfMessages=min(most, _MOST_AT_ONCE),
                MessageAttributeNames=["All"],
                WaitTimeSeconds=1,
            ).get("Messages", ())
            yield from received
            most = most - len(received) if received else 0

    def delete(self, letter: Mapping[str, Any]) -> None:
        """Delete a message: it was written after all."""
        self._api.call("delete_message", QueueUrl=self._url, ReceiptHandle=letter["ReceiptHandle"])

    def let_go(self, letter: Mapping[str, Any]) -> None:
        """Show a message again."""
        self._api.call(
            "change_message_visibility",
            QueueUrl=self._url,
            ReceiptHandle=letter["ReceiptHandle"],
            VisibilityTimeout=0,
        )


def message_of(letter: Mapping[str, Any]) -> Message:
    """The message that was given up."""
    encoding = letter.get("MessageAttributes", {}).get("Encoding", {}).get("StringValue")
    body: str = letter["Body"]
    return Message(letter["MessageId"], base64.b64decode(body) if encoding == _BASE64 else body.encode())


def lost_batch(letter: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The batch of a stream that Lambda gave up itself; None for every other message."""
    if "Reason" in letter.get("MessageAttributes", {}):
        return None
    try:
        told = json.loads(letter["Body"])
    except ValueError:
        return None
    return cast(dict[str, Any], told).get("KinesisBatchInfo") if isinstance(told, dict) else None


def _entry(number: str, message: Message, reason: str) -> dict[str, Any]:
    attributes = {"Reason": reason[:_LONGEST_REASON], "Source": message.id}
    try:
        body = message.body.decode()
        # SQS takes no control characters and no empty text.
        plain = bool(body) and all(each.isprintable() or each in "\n\r\t" for each in body)
    except UnicodeDecodeError:
        body, plain = "", False
    if not plain:
        attributes["Encoding"] = _BASE64
        body = base64.b64encode(message.body).decode() or "="
    told = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    return {"Id": number, "MessageBody": body, "MessageAttributes": told}


def _parts(given_up: Sequence[tuple[Message, str]]) -> Iterator[list[tuple[Message, str]]]:
    part: list[tuple[Message, str]] = []
    size = 0
    for message, reason in given_up:
        own = len(message.body) + len(reason.encode())
        if part and (len(part) == _MOST_AT_ONCE or size + own > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append((message, reason))
        size += own
    if part:
        yield part
