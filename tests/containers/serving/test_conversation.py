"""Bidirectional streaming over real WebSocket connections."""

import signal
from collections.abc import Generator

import pytest

from conformance.websocket import BYTES, CLOSE, PING, PONG, TEXT, WebSocket
from harness.containers.container_processes import Serve, Server, Trained
from harness.containers.own_servers import own_servers
from harness.containers.programs import program

PATH = "/invocations-bidirectional-stream"
Rows = list[tuple[str, str]]


def test_each_message_is_answered_as_an_invocation(server: Server, held_out: Rows) -> None:
    row = held_out[0][1]
    as_csv, as_json = server.invoke(row).body, server.invoke(f"[[{row}]]", "application/json").body
    with WebSocket(server.port, PATH) as stream:
        assert stream.status == 101
        for _ in range(3):
            assert stream.ask(row) == as_csv
        assert stream.ask(f" [[{row}]]") == as_json
        # SageMaker sends what the client did not declare as text in binary frames.
        stream.send(BYTES, row.encode())
        assert stream.receive() == (BYTES, as_csv.encode())
        stream.send(PING, b"alive")
        assert stream.receive() == (PONG, b"alive")
        stream.send(CLOSE)
        assert stream.receive()[0] == CLOSE


def test_a_bad_message_ends_the_conversation_with_a_reason(server: Server, held_out: Rows) -> None:
    with WebSocket(server.port, PATH) as stream:
        assert stream.ask("1,2") == '{"error":"row 1: expected 30 columns, got 2"}'
        assert stream.receive()[0] == CLOSE
    assert server.invoke(held_out[0][1]).status == 200


def test_what_was_sent_before_the_end_is_answered(server: Server, held_out: Rows) -> None:
    with WebSocket(server.port, PATH) as stream:
        for _, row in held_out[:40]:
            stream.send(TEXT, row.encode())
        assert [stream.receive()[1].decode() for _ in range(40)] == [
            server.invoke(row).body for _, row in held_out[:40]
        ]


def test_other_paths_and_batch_jobs_take_no_connection(
    server: Server, start_server: Serve, trained: Trained, held_out: Rows
) -> None:
    for path in ("/invocations", "/ping", "/"):
        with WebSocket(server.port, path) as stream:
            assert stream.status == 404
    batch = start_server(trained.base, SAGEMAKER_BATCH="true")
    with WebSocket(batch.port, PATH) as stream:
        assert stream.status == 404
    assert server.request("GET", PATH).status == 404


def test_sigterm_does_not_wait_for_a_silent_client(start_server: Serve, trained: Trained, held_out: Rows) -> None:
    server = start_server(trained.base)
    with WebSocket(server.port, PATH) as stream:
        stream.ask(held_out[0][1])
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(300) == 0


SCRIPT = program("conversation/inference.py")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    with own_servers(tmp_path_factory.mktemp("conversation")) as servers:
        yield servers.of_script(SCRIPT)


def test_a_script_remembers_and_says_as_much_as_it_likes(scripted: Server) -> None:
    with WebSocket(scripted.port, PATH) as first, WebSocket(scripted.port, PATH) as second:
        assert first.ask("a") == "a"
        first.send(TEXT, b"quiet")
        assert (first.ask("b"), first.receive()) == ("a", (TEXT, b"b"))
        assert second.ask("c") == "c"
        second.send(BYTES, b"abc")
        assert second.receive() == (BYTES, b"cba")


def test_a_ping_is_answered_while_the_model_computes(scripted: Server) -> None:
    with WebSocket(scripted.port, PATH) as stream:
        stream.send(TEXT, b"slow")
        stream.send(PING, b"alive")
        assert stream.receive() == (PONG, b"alive")
        assert stream.receive() == (TEXT, b"done")


@pytest.mark.parametrize(("message", "reason"), [("refuse", "not this one"), ("fail", "container's log has")])
def test_a_failure_is_told_without_its_details(scripted: Server, message: str, reason: str) -> None:
    with WebSocket(scripted.port, PATH) as stream:
        said = stream.ask(message)
        assert reason in said
        assert "secret" not in said
        assert stream.receive()[0] == CLOSE
    assert "secret detail" in scripted.log or message != "fail"


def test_a_client_that_vanishes_leaves_a_server_that_answers(scripted: Server) -> None:
    with WebSocket(scripted.port, PATH) as stream:
        stream.send(TEXT, b"slow")
    with WebSocket(scripted.port, PATH) as stream:
        assert stream.ask("x") == "x"
