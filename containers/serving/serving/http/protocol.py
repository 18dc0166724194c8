"""The part of granian's RSGI interface that the server uses, as types."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

Headers = list[tuple[str, str]]


class RequestHeaders(Protocol):
    """Header fields by lower-case name."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a field."""
        ...


class Scope(Protocol):
    """One request, without its body."""

    proto: str
    method: str
    path: str
    query_string: str
    headers: RequestHeaders


class StreamTransport(Protocol):
    """A response whose body is sent in parts."""

    async def send_bytes(self, data: bytes) -> None:
        """Send one part."""
        ...


class HttpProtocol(Protocol):
    """Reads the body and sends the response."""

    async def __call__(self) -> bytes:
        """The whole body."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in parts."""
        ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole response."""
        ...

    def response_stream(self, status: int, headers: Headers) -> StreamTransport:
        """Begin a response whose body comes in parts."""
        ...


class Frame(Protocol):
    """What a WebSocket connection has received."""

    kind: int
    """0 the end, 1 bytes, 2 text."""
    data: str | bytes


class FrameTransport(Protocol):
    """An accepted WebSocket connection; RSGIProtocolClosed when the client is gone."""

    async def receive(self) -> Frame:
        """The next frame."""
        ...

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        ...

    async def send_str(self, data: str) -> None:
        """Send a text frame."""
        ...


class WebSocketProtocol(Protocol):
    """Accepts or refuses a WebSocket connection."""

    async def accept(self) -> FrameTransport:
        """Begin the connection."""
        ...

    def close(self, status: int | None = None) -> object:
        """End the connection, or refuse it with an HTTP status before it is accepted."""
        ...
