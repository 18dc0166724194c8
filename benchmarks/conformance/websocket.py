"""A WebSocket client of a few lines (RFC 6455), so that the rules need nothing but the standard library."""

import base64
import os
import socket
import struct
from types import TracebackType
from typing import Self

TEXT, BYTES, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_KEY = base64.b64encode(b"conformance-rule").decode()


class WebSocket:
    """One connection to a path of a container on this machine; `status` is the answer to the handshake."""

    def __init__(self, port: int, path: str, seconds: float = 20) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        lines = (f"GET {path} HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade")
        lines += (f"Sec-WebSocket-Key: {_KEY}", "Sec-WebSocket-Version: 13", "", "")
        self._connection.sendall("\r\n".join(lines).encode())
        self._received = b""
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ", 2)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def send(self, kind: int, data: bytes = b"") -> None:
        """Send one frame."""
        size = len(data)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 65536:
            length = b"\xfe" + struct.pack("!H", size)
        else:
            length = b"\xff" + struct.pack("!Q", size)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._connection.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def receive(self) -> tuple[int, bytes]:
        """The kind and the data of the next frame."""
        kind, size = self._exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return kind & 0x0F, self._exactly(size)

    def ask(self, text: str) -> str:
        """Send a text and return the next one."""
        self.send(TEXT, text.encode())
        kind, data = self.receive()
        assert kind == TEXT, (kind, data)
        return data.decode()

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            self._read()
        data, self._received = self._received[:size], self._received[size:]
        return data

    def _read(self) -> None:
        chunk = self._connection.recv(65536)
        if not chunk:
            raise ConnectionError("the container has closed the connection")
        self._received += chunk
