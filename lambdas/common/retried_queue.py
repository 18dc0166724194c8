"""A queue whose messages are tried again with growing pauses, and one of those that were given up."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

_PATIENCE_SECONDS = 4 * 24 * 3600
_FIRST_PAUSE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 900
_DOUBLINGS = 7
_LONGEST_REASON = 1000


class RefusedError(Exception):
    """This will never be possible; the text says why."""


class LaterError(Exception):
    """This is not possible yet; ``seconds`` says when it is worth another try, 0 if that is not known."""

    def __init__(self, reason: str, seconds: int = 0) -> None:
        super().__init__(reason)
        self.seconds = seconds


class QueueApi(Protocol):
    """The calls of SQS that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of SQS."""
        ...


class RetriedQueue:
    """Messages at ``url``, and those that are given up at ``dead_letters``."""

    def __init__(self, api: QueueApi, url: str, dead_letters: str, now: Callable[[], float]) -> None:
        self._api = api
        self._url = url
        self._dead_letters = dead_letters
        self._now = now

    def take(self, record: Mapping[str, Any], act: Callable[[str], object]) -> bool:
        """Act on the body of one message; False for one that has to stay in the queue.

        After a ``RefusedError``, and after four days, it is among the dead letters, with the ``Reason`` as an
        attribute. Any other error is tried again, after a ``LaterError`` when that says.
        """
        try:
            act(record["body"])
        except RefusedError as refusal:
            self._bury(record, str(refusal))
        except Exception as error:  # whatever it is, it is tried again
            reason = str(error) or repr(error)
            if self._now() - float(record["attributes"]["SentTimestamp"]) / 1000 < _PATIENCE_SECONDS:
                self._postpone(record, error)
                return False
            self._bury(record, f"Given up after four days: {reason}")
        return True

    def _postpone(self, record: Mapping[str, Any], error: Exception) -> None:
        before = min(int(record["attributes"]["ApproximateReceiveCount"]) - 1, _DOUBLINGS)
        pause = min(_FIRST_PAUSE_SECONDS * 2**before, _LONGEST_PAUSE_SECONDS)
        if isinstance(error, LaterError) and error.seconds:
            pause = error.seconds
        print(f"tried again in {pause} s: {error}")
        self._api.call(
            "change_message_visibility",
            QueueUrl=self._url,
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=pause,
        )

    def _bury(self, record: Mapping[str, Any], reason: str) -> None:
        print(f"given up: {reason}")
        told = {"DataType": "String", "StringValue": reason[:_LONGEST_REASON]}
        self._api.call(
            "send_message",
            QueueUrl=self._dead_letters,
            MessageBody=record["body"],
            MessageAttributes={"Reason": told},
        )
