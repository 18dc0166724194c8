"""What the server asks of a model, whatever it is made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """One invocation: the body, and the headers that concern the model as the client wrote them."""

    body: bytes
    content_type: str
    """Empty when the client sent none."""
    accept: str
    """Empty when the client sent none."""
    custom_attributes: str = ""


@dataclass(frozen=True, slots=True)
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
