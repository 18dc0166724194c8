"""What a stream or a queue hands over, and what stays behind of it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """One record of a stream, or one message of a queue.

    ``id`` identifies it in its source, ``received`` is how often it has been handed over.
    """

    id: str
    body: bytes
    received: int = 1

    @staticmethod
    def of_event(record: Mapping[str, Any]) -> "Message":
        """A record of the event by which Lambda hands it over."""
        if "kinesis" in record:
            return Message.of_stream(record["kinesis"]["sequenceNumber"], record["kinesis"]["data"])
        received = int(record["attributes"]["ApproximateReceiveCount"])
        return Message(record["messageId"], record["body"].encode(), received)

    @staticmethod
    def of_stream(number: str, data: str | bytes) -> "Message":
        """A record of a stream, whose data is text of base64 in an event, and is as it was put elsewhere."""
        return Message(number, base64.b64decode(data) if isinstance(data, str) else data)
