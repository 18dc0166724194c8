"""SageMaker's container contracts, one rule a function, each checked over HTTP against a running process.

Contracts: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import http.client
import json
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.container import Container, Contender, started

MEGABYTE = 1024 * 1024
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


@dataclass(frozen=True)
class Rule:
    """One sentence of the contract; `check` raises AssertionError, or any error, when it does not hold."""

    sentence: str
    check: Callable[[Contender], None]


RULES: list[Rule] = []


def rule(sentence: str) -> Callable[[Callable[[Contender], None]], Callable[[Contender], None]]:
    """Make a check a rule."""

    def add(check: Callable[[Contender], None]) -> Callable[[Contender], None]:
        RULES.append(Rule(sentence, check))
        return check

    return add


def _of_running(check: Callable[[Container, Contender], None]) -> Callable[[Contender], None]:
    def run(contender: Contender) -> None:
        with started(contender) as container:
            check(container, contender)

    return run


def _head(length: int) -> bytes:
    lines = ("POST /invocations HTTP/1.1", "Host: a", "Content-Type: text/csv", f"Content-Length: {length}", "", "")
    return "\r\n".join(lines).encode()


@rule("/ping answers 200 with an empty body")
@_of_running
def ping_is_empty(container: Container, contender: Contender) -> None:
    answer = container.request("GET", "/ping")
    assert (answer.status, answer.body) == (200, b"")


@rule("/ping never answers 200 when the model cannot be loaded")
def broken_model_never_pings(contender: Contender) -> None:
    with started(contender, contender.broken, ready=False) as container:
        assert not container.pings(8)


@rule("/ping answers within 2 s while a request of 25 MB is computed")
@_of_running
def ping_while_busy(container: Container, contender: Contender) -> None:
    row = contender.row + "\n"
    body = (row * (25 * MEGABYTE // len(row))).encode()
    busy = threading.Thread(target=lambda: container.invoke(body), daemon=True)
    busy.start()
    time.sleep(0.3)
    while busy.is_alive():
        assert container.request("GET", "/ping", seconds=2).status == 200
        time.sleep(0.1)


@rule("a body of 25 MB is answered")
@_of_running
def large_body(container: Container, contender: Contender) -> None:
    row = contender.row + "\n"
    rows = 25 * MEGABYTE // len(row)
    assert container.invoke(row * rows).status == 200


@rule("a body above 25 MB is refused with 413, and the next request is answered")
@_of_running
def too_large_body(container: Container, contender: Contender) -> None:
    with socket.create_connection(("127.0.0.1", container.port), timeout=20) as connection:
        connection.sendall(_head(26 * MEGABYTE))
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")
    assert container.invoke(contender.row).status == 200


@rule("a request in chunks, without a length, is answered")
@_of_running
def chunked_request(container: Container, contender: Contender) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", container.port, timeout=20)
    half = len(contender.row) // 2
    chunks = iter([contender.row[:half].encode(), contender.row[half:].encode()])
    connection.request("POST", "/invocations", chunks, {"Content-Type": "text/csv"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


@rule("parameters of a content type do not matter")
@_of_running
def content_type_parameters(container: Container, contender: Contender) -> None:
    for content_type in ("text/csv; charset=utf-8", "text/csv;label_size=0", "TEXT/CSV"):
        assert container.invoke(contender.row, content_type).status == 200


@rule("Accept decides between CSV and JSON")
@_of_running
def accept_decides(container: Container, contender: Contender) -> None:
    as_json = container.invoke(contender.row, Accept="application/json")
    assert as_json.status == 200
    json.loads(as_json.body)
    assert as_json.headers["content-type"].startswith("application/json")
    as_csv = container.invoke(contender.row, Accept="text/csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert not as_csv.body.startswith((b"[", b"{"))


@rule("an unknown content type is 415")
@_of_running
def unknown_content_type(container: Container, contender: Contender) -> None:
    assert container.invoke(contender.row, "application/x-unknown").status == 415


@rule("bad rows are 4xx with a reason and without a traceback")
@_of_running
def bad_rows(container: Container, contender: Contender) -> None:
    for body, content_type in ((b"a,b", "text/csv"), (b"\xff\xfe", "text/csv"), (b"{", "application/json")):
        answer = container.invoke(body, content_type)
        assert 400 <= answer.status < 500, answer
        assert answer.body.strip()
        assert b"Traceback" not in answer.body
        assert b".py" not in answer.body


@rule("custom attributes come back")
@_of_running
def custom_attributes(container: Container, contender: Contender) -> None:
    headers = {"Content-Type": "text/csv", CUSTOM_ATTRIBUTES: "trace=42"}
    answer = container.request("POST", "/invocations", contender.row.encode(), headers)
    assert answer.headers.get(CUSTOM_ATTRIBUTES.lower()) == "trace=42"


@rule("objects in a NumPy file, which are pickles, are not loaded")
@_of_running
def no_pickles(container: Container, contender: Contender) -> None:
    marker = Path(tempfile.gettempdir()) / f"conformance-{container.port}"
    payload = f"cposix\nsystem\n(S'touch {marker}'\ntR.".encode()
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + payload
    try:
        container.invoke(body, "application/x-npy")
        assert not marker.exists()
        assert container.invoke(body, "application/x-npy").status >= 400
    finally:
        marker.unlink(missing_ok=True)


@rule("SIGTERM finishes the request in hand, and ends all processes within 30 s")
@_of_running
def graceful_end(container: Container, contender: Contender) -> None:
    processes = container.processes()
    row = contender.row.encode()
    with socket.create_connection(("127.0.0.1", container.port), timeout=20) as connection:
        head = (
            f"POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: {len(row)}\r\n\r\n"
        )
        connection.sendall(head.encode() + row[:5])
        time.sleep(0.3)
        container.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(row[5:])
        assert connection.recv(64).startswith(b"HTTP/1.1 200 ")
    container.process.wait(30)
    time.sleep(0.5)
    assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]


@rule("a worker that is killed is replaced")
@_of_running
def killed_worker(container: Container, contender: Contender) -> None:
    workers = container.processes()[1:]
    assert workers
    for pid in workers:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert container.pings(30)
    assert container.invoke(contender.row).status == 200


@rule("/execution-parameters tells strategy, concurrency and payload of a transform job")
def execution_parameters(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        wishes = json.loads(container.request("GET", "/execution-parameters").body)
        assert set(wishes) == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
        assert wishes["MaxConcurrentTransforms"] * wishes["MaxPayloadInMB"] <= 100


@rule("a body of 100 MB is answered in a transform job")
def batch_body(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        row = contender.row + "\n"
        assert container.invoke(row * (100 * MEGABYTE // len(row))).status == 200


@rule("a bad record of a transform job does not lose its file")
def bad_record(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        answer = container.invoke(f"{contender.row}\nbad,record\n{contender.row}\n", Accept="text/csv")
        assert answer.status == 200
        assert len(answer.body.splitlines()) == 3


def _load(container: Container, name: str, url: str) -> int:
    wish = json.dumps({"model_name": name, "url": url}).encode()
    return container.request("POST", "/models", wish, {"Content-Type": "application/json"}).status


@rule("models are loaded once (200, then 409), described, and unloaded (200, then 404)")
def model_life(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        assert container.request("GET", "/models/one").status == 404
        assert _load(container, "one", str(contender.model)) == 200
        assert _load(container, "one", str(contender.model)) == 409
        described = json.loads(container.request("GET", "/models/one").body)
        assert described == {"modelName": "one", "modelUrl": str(contender.model)}
        assert container.request("DELETE", "/models/one").status == 200
        assert container.request("DELETE", "/models/one").status == 404


@rule("models are invoked by name, 404 for those that are not loaded")
def model_invocation(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        _load(container, "one", str(contender.model))
        headers = {"Content-Type": "text/csv"}
        row = contender.row.encode()
        assert container.request("POST", "/models/one/invoke", row, headers).status == 200
        assert container.request("POST", "/models/two/invoke", row, headers).status == 404


@rule("models are listed in pages")
def model_pages(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        for name in ("one", "two", "three"):
            _load(container, name, str(contender.model))
        page = json.loads(container.request("GET", "/models?limit=2").body)
        assert len(page["models"]) == 2
        rest = json.loads(container.request("GET", f"/models?limit=2&next_page_token={page['nextPageToken']}").body)
        assert len(rest["models"]) == 1
        assert not rest.get("nextPageToken")


@rule("a model without its files is refused, and its neighbours go on")
def model_without_files(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        _load(container, "one", str(contender.model))
        assert _load(container, "none", str(contender.model / "nowhere")) >= 400
        headers = {"Content-Type": "text/csv"}
        assert container.request("POST", "/models/one/invoke", contender.row.encode(), headers).status == 200


@rule("/metrics tells the requests in Prometheus' format")
@_of_running
def metrics(container: Container, contender: Contender) -> None:
    container.invoke(contender.row)
    answer = container.request("GET", "/metrics")
    assert answer.status == 200
    assert b"# TYPE " in answer.body
