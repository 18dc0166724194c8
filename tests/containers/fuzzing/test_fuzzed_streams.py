"""Frames that nobody would send: an answer, or the end of the connection, and the next client is served."""

import socket
import struct
from collections.abc import Generator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.containers.container_processes import Serve, Server, Trained
from harness.containers.fuzzed_servers import examples, exchange, status, unharmed

PATH = "/invocations-bidirectional-stream"
HANDSHAKE = (
    f"GET {PATH} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: Y29uZm9ybWFuY2UtcnVsZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
CONTINUED, TEXT, BYTES, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
DATA = some.one_of(
    some.binary(max_size=200),
    some.text(max_size=50).map(str.encode),
    some.sampled_from(
        [b"1,2", b"[[1,2]]", b"{", b"[" * 3000, b"\xff", b"\xc3", b"\xed\xa0\x80", b"1," * 40_000, b"\x03\xe8"]
    ),
)
KINDS = some.sampled_from([TEXT, TEXT, TEXT, BYTES, BYTES, CONTINUED, CLOSE, PING, PONG, 3, 15])


def frame(kind: int, data: bytes, *, last: bool, reserved: int, masked: bool, declared: int | None) -> bytes:
    size = len(data) if declared is None else declared
    mask = 0x80 if masked else 0
    length = bytes([mask | size]) if size < 126 else bytes([mask | 127]) + struct.pack("!Q", size)
    key = bytes(4) if masked else b""
    return bytes([last << 7 | reserved << 4 | kind]) + length + key + data


FRAMES = some.builds(
    frame,
    KINDS,
    DATA,
    last=some.sampled_from([True, True, True, False]),
    reserved=some.sampled_from([0] * 15 + [1, 4]),
    masked=some.sampled_from([True] * 15 + [False]),
    declared=some.sampled_from([None] * 15 + [0]),
)
END = frame(CLOSE, b"", last=True, reserved=0, masked=True, declared=None)


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, trained: Trained) -> Generator[Server]:
    with unharmed(start_server(trained.base)) as server:
        yield server


@given(
    frames=some.lists(FRAMES, max_size=6),
    promised=some.sampled_from([None, None, None, 125, 2**24, 2**40, 2**63]),
    cut=some.sampled_from([0, 0, 0, 1, 3, 6, 9, 40]),
)
@examples(200)
def test_any_frames_end_in_a_closed_connection(
    fuzzed: Server, frames: list[bytes], promised: int | None, cut: int
) -> None:
    last = END if promised is None else frame(TEXT, b"1", last=True, reserved=0, masked=True, declared=promised)
    sent = b"".join([*frames, last])
    with socket.create_connection(("127.0.0.1", fuzzed.port), timeout=900) as connection:
        connection.sendall(f"{HANDSHAKE}\r\n".encode())
        assert status(connection.recv(65536)) == 101
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(sent[: len(sent) - cut])
            # A server waits for what is missing, for as long as the client stays.
            if cut or promised:
                connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


@given(
    key=some.sampled_from(["", "short", "Y29uZm9ybWFuY2UtcnVsZQ==", "\xff"]),
    version=some.sampled_from(["13", "12", "0", "x", ""]),
    headers=some.dictionaries(
        some.sampled_from(["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Origin", "Content-Length"]),
        some.text(some.characters(min_codepoint=33, max_codepoint=255), max_size=20),
        max_size=2,
    ),
    path=some.sampled_from([PATH, PATH + "?a=%ff", "/ping", "/invocations", "/%ff"]),
)
@examples(80)
def test_any_handshake_gets_a_clean_answer(
    fuzzed: Server, key: str, version: str, headers: dict[str, str], path: str
) -> None:
    lines = [f"GET {path} HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    answered = status(exchange(fuzzed.port, "\r\n".join([*lines, "", ""]).encode("latin-1"), whole=False))
    assert answered is None or answered < 500
