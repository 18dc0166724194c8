"""Rules of bidirectional streams."""

from conformance.container import Container, Contender
from conformance.rule import HOSTING, of_running, rule
from conformance.websocket import CLOSE, PING, PONG, TEXT, WebSocket

_STREAM = "/invocations-bidirectional-stream"


@rule("a bidirectional stream answers messages on one connection", HOSTING)
@of_running
def stream_answers(container: Container, contender: Contender) -> None:
    with WebSocket(container.port, _STREAM) as stream:
        assert stream.status == 101
        assert stream.ask(contender.row) == stream.ask(contender.row) != ""


@rule("a bidirectional stream answers ping frames with pong frames", HOSTING)
@of_running
def stream_pongs(container: Container, contender: Contender) -> None:
    with WebSocket(container.port, _STREAM) as stream:
        stream.send(PING, b"alive")
        assert stream.receive() == (PONG, b"alive")


@rule("a bidirectional stream with a bad message ends without a traceback, and the next one is answered", HOSTING)
@of_running
def stream_survives(container: Container, contender: Contender) -> None:
    with WebSocket(container.port, _STREAM) as stream:
        stream.send(TEXT, b"a,b")
        said = b""
        while (frame := stream.receive())[0] != CLOSE:
            said += frame[1]
        assert b"Traceback" not in said
        assert b".py" not in said
    with WebSocket(container.port, _STREAM) as stream:
        assert stream.ask(contender.row)
