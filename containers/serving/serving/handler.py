"""What the server asks of a model, whatever it is made of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from serving.http.sessions import Session

Message = str | bytes
"""What one frame of a bidirectional stream carries: text or bytes."""


# Not frozen, like Response: each request makes one of both, and a frozen one takes twice as long to make.
@dataclass(slots=True)
class Request:
    """One invocation: the body, and the headers that concern the model as the client wrote them."""

    body: bytes
    content_type: str
    """Empty when the client sent none."""
    accept: str
    """Empty when the client sent none."""
    custom_attributes: str = ""
    session_id: str = ""
    """`NEW_SESSION`, or the id of a session; empty when the request belongs to none."""
    session: Session | None = None
    """The session, where the server keeps sessions and the request belongs to one."""


@dataclass(slots=True)
class Response:
    """The answer to one invocation; a body of several chunks is sent while it comes into being."""

    body: bytes | Iterator[bytes]
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Handler(Protocol):
    """A loaded model. `answer` is called from several threads at once."""

    inline_bytes: int
    """Bodies up to this size are answered on the event loop: 0 unless that takes microseconds."""

    def answer(self, request: Request) -> Response:
        """Answer one request. Raises RequestError for one that cannot be; anything else is a failed model."""
        ...

    def close(self) -> None:
        """Give back what the model holds beyond Python's own memory."""
        ...


class Conversation(Protocol):
    """One bidirectional stream: what it remembers lasts as long as its connection. Used by one thread at a time."""

    def answer(self, message: Message) -> Iterable[Message]:
        """What is said to one message: nothing, one message or several, each sent while it comes into being."""
        ...

    def close(self) -> None:
        """The connection is gone."""
        ...


class ConversingHandler(Handler, Protocol):
    """A model that holds conversations of its own; other handlers answer each message as one invocation."""

    def converse(self) -> Conversation:
        """Begin one conversation."""
        ...
