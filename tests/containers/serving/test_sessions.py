"""Stateful sessions over HTTP, with two workers that share them."""

import json
import re
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.containers.container_processes import Answer, Serve, Server, Trained
from harness.containers.own_servers import OwnServers, own_servers
from harness.containers.programs import program

SESSION = "X-Amzn-SageMaker-Session-Id"
OPENED = "x-amzn-sagemaker-new-session-id"
CLOSED = "x-amzn-sagemaker-closed-session-id"
# What botocore takes as NewSessionId.
NEW_SESSION_ID = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*;\sExpires=\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
SCRIPT = program("sessions/inference.py")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Generator[OwnServers]:
    with own_servers(tmp_path_factory.mktemp("sessions")) as started:
        yield started


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def stateful(servers: OwnServers, store: Path) -> Server:
    return servers.of_script(
        SCRIPT,
        SAGEMAKER_ENABLE_STATEFUL_SESSIONS="true",
        SAGEMAKER_SESSIONS_PATH=str(store),
        MODEL_SERVER_WORKERS="2",
    )


def ask(server: Server, session: str, body: str = "hello") -> Answer:
    return server.request("POST", "/invocations", body, {SESSION: session, "Content-Type": "text/plain"})


def opened(server: Server, body: str = "hello") -> str:
    answer = ask(server, "NEW_SESSION", body)
    assert answer.status == 200, answer
    assert NEW_SESSION_ID.fullmatch(answer.headers[OPENED])
    return answer.headers[OPENED].partition(";")[0]


def test_a_session_is_opened_continued_and_closed(stateful: Server, store: Path) -> None:
    before = time.time()
    answer = ask(stateful, "NEW_SESSION")
    session, _, end = answer.headers[OPENED].partition("; Expires=")
    expires = datetime.strptime(end, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    assert int(before) + 1200 <= expires <= time.time() + 1200
    assert answer.body.startswith("1 ")
    second = ask(stateful, session)
    assert second.body.startswith("2 ")
    assert OPENED not in second.headers
    assert len(list(store.glob(f"*/{session}"))) == 1
    closed = ask(stateful, session, "close")
    assert (closed.status, closed.body, closed.headers[CLOSED]) == (200, "closed", session)
    assert not list(store.glob(f"*/{session}"))
    gone = ask(stateful, session)
    assert (gone.status, gone.body) == (404, f"there is no session '{session}', or it has ended: send NEW_SESSION\n")


def test_every_worker_knows_the_session_and_one_request_has_it_at_a_time(stateful: Server) -> None:
    session = opened(stateful)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, stateful, session) for _ in range(100)]
        answers = [each.result().body.split() for each in waiting]
    assert sorted(int(count) for count, _ in answers) == list(range(2, 102))
    assert len({worker for _, worker in answers}) == 2


def test_opening_and_closing_need_not_ask_the_model(stateful: Server) -> None:
    answer = ask(stateful, "NEW_SESSION", json.dumps({"requestType": "NEW_SESSION"}))
    session = answer.headers[OPENED].partition(";")[0]
    assert (answer.status, answer.body) == (200, "")
    assert ask(stateful, session).body.startswith("1 ")
    closed = ask(stateful, session, json.dumps({"requestType": "CLOSE"}))
    assert (closed.status, closed.headers[CLOSED]) == (200, session)
    assert ask(stateful, session).status == 404
    nothing = stateful.request("POST", "/invocations", json.dumps({"requestType": "CLOSE"}))
    assert (nothing.status, "needs the session's id" in nothing.body) == (400, True)


def test_a_streamed_answer_keeps_the_session_until_its_end(stateful: Server) -> None:
    session = opened(stateful, "stream")
    assert ask(stateful, session, "stream").body == "ab"
    assert ask(stateful, session).body.startswith("3 ")


def test_other_requests_need_no_session(stateful: Server) -> None:
    assert stateful.invoke("x", "text/plain").body == "no session"


@pytest.mark.parametrize("session", ["0" * 32, "x", "../../etc", "new_session"])
def test_an_unknown_session_is_404(stateful: Server, session: str) -> None:
    assert ask(stateful, session).status == 404


def test_a_session_whose_first_request_fails_is_not_opened(stateful: Server, store: Path) -> None:
    before = set(store.glob("*/*/"))
    answer = ask(stateful, "NEW_SESSION", "fail")
    assert (answer.status, OPENED in answer.headers) == (500, False)
    assert set(store.glob("*/*/")) == before


def test_sessions_end_by_themselves_and_are_limited(servers: OwnServers) -> None:
    server = servers.of_script(
        SCRIPT,
        SAGEMAKER_ENABLE_STATEFUL_SESSIONS="true",
        SAGEMAKER_SESSIONS_EXPIRATION="2",
        SAGEMAKER_SESSIONS_MAXIMUM="2",
    )
    first, second = opened(server), opened(server)
    refused = ask(server, "NEW_SESSION")
    assert (refused.status, "there are 2 sessions already" in refused.body) == (429, True)
    ask(server, second, "close")
    opened(server)
    time.sleep(2.1)
    assert ask(server, first).status == 404
    opened(server)
    opened(server)


def test_a_container_without_sessions_says_so(server: Server) -> None:
    answer = ask(server, "NEW_SESSION")
    assert (answer.status, "SAGEMAKER_ENABLE_STATEFUL_SESSIONS is not true" in answer.body) == (400, True)


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ({"SAGEMAKER_MULTI_MODEL": "true"}, "does not go with SAGEMAKER_MULTI_MODEL"),
        ({"SAGEMAKER_BATCH": "true"}, "does not go with SAGEMAKER_BATCH"),
        ({"SAGEMAKER_SESSIONS_PATH": "/nowhere"}, "SAGEMAKER_SESSIONS_PATH must be a folder"),
        ({"SAGEMAKER_SESSIONS_EXPIRATION": "0"}, "SAGEMAKER_SESSIONS_EXPIRATION must be a whole number"),
    ],
)
def test_settings_that_sessions_do_not_go_with(
    start_server: Serve, trained: Trained, added: dict[str, str], reason: str
) -> None:
    refused = start_server(trained.base, ready=False, SAGEMAKER_ENABLE_STATEFUL_SESSIONS="true", **added)
    assert refused.process.wait(300) == 1
    assert reason in refused.log
