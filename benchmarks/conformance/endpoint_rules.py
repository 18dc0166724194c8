"""Rules of a container with one model behind an endpoint."""

import http.client
import json
import os
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from conformance.container import Container, Contender, free_port, started
from conformance.rule import HOSTING, INVOKE, METRICS, PICKLE, PIPELINES, of_running, rule

MEGABYTE = 1024 * 1024
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def _head(length: int) -> bytes:
    lines = ("POST /invocations HTTP/1.1", "Host: a", "Content-Type: text/csv", f"Content-Length: {length}", "", "")
    return "\r\n".join(lines).encode()


@rule("/ping answers 200 with an empty body", HOSTING)
@of_running
def ping_is_empty(container: Container, contender: Contender) -> None:
    answer = container.request("GET", "/ping")
    assert (answer.status, answer.body) == (200, b"")


@rule("/ping never answers 200 when the model cannot be loaded", HOSTING)
def broken_model_never_pings(contender: Contender) -> None:
    with started(contender, contender.broken, ready=False) as container:
        assert not container.pings(8)


@rule("/ping never answers 200 when the model loads but cannot answer", HOSTING)
def failing_model_never_pings(contender: Contender) -> None:
    with started(contender, contender.failing, ready=False) as container:
        assert not container.pings(8)


@rule("the port is the one in SAGEMAKER_BIND_TO_PORT", PIPELINES)
def bound_port(contender: Contender) -> None:
    port = free_port()
    with started(contender, {"SAGEMAKER_BIND_TO_PORT": str(port)}, ready=False) as container:
        assert Container(container.process, port, container.health).pings(30)


@rule("/ping answers within 2 s while a request of 25 MB is computed", HOSTING)
@of_running
def ping_while_busy(container: Container, contender: Contender) -> None:
    row = contender.row + "\n"
    body = (row * (25 * MEGABYTE // len(row))).encode()
    busy = threading.Thread(target=lambda: container.invoke(body), daemon=True)
    busy.start()
    time.sleep(0.3)
    while busy.is_alive():
        assert container.request("GET", "/ping", seconds=2).status == 200
        time.sleep(0.1)


@rule("a body of 25 MB is answered", INVOKE)
@of_running
def large_body(container: Container, contender: Contender) -> None:
    row = contender.row + "\n"
    rows = 25 * MEGABYTE // len(row)
    assert container.invoke(row * rows).status == 200


@rule("a body above 25 MB is refused with 413, and the next request is answered", INVOKE)
@of_running
def too_large_body(container: Container, contender: Contender) -> None:
    with socket.create_connection(("127.0.0.1", container.port), timeout=20) as connection:
        connection.sendall(_head(26 * MEGABYTE))
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")
    assert container.invoke(contender.row).status == 200


@rule("a request in chunks, without a length, is answered", INVOKE)
@of_running
def chunked_request(container: Container, contender: Contender) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", container.port, timeout=20)
    half = len(contender.row) // 2
    chunks = iter([contender.row[:half].encode(), contender.row[half:].encode()])
    connection.request("POST", "/invocations", chunks, {"Content-Type": "text/csv"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


@rule("parameters of a content type do not matter", INVOKE)
@of_running
def content_type_parameters(container: Container, contender: Contender) -> None:
    for content_type in ("text/csv; charset=utf-8", "text/csv;label_size=0", "TEXT/CSV"):
        assert container.invoke(contender.row, content_type).status == 200


@rule("Accept decides between CSV and JSON", INVOKE)
@of_running
def accept_decides(container: Container, contender: Contender) -> None:
    as_json = container.invoke(contender.row, Accept="application/json")
    assert as_json.status == 200
    json.loads(as_json.body)
    assert as_json.headers["content-type"].startswith("application/json")
    as_csv = container.invoke(contender.row, Accept="text/csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert not as_csv.body.startswith((b"[", b"{"))


@rule("an unknown content type is 415", INVOKE)
@of_running
def unknown_content_type(container: Container, contender: Contender) -> None:
    assert container.invoke(contender.row, "application/x-unknown").status == 415


@rule("bad rows are 4xx with a reason and without a traceback", INVOKE)
@of_running
def bad_rows(container: Container, contender: Contender) -> None:
    for body, content_type in ((b"a,b", "text/csv"), (b"\xff\xfe", "text/csv"), (b"{", "application/json")):
        answer = container.invoke(body, content_type)
        assert 400 <= answer.status < 500, answer
        assert answer.body.strip()
        assert b"Traceback" not in answer.body
        assert b".py" not in answer.body


@rule("custom attributes come back", INVOKE)
@of_running
def custom_attributes(container: Container, contender: Contender) -> None:
    headers = {"Content-Type": "text/csv", CUSTOM_ATTRIBUTES: "trace=42"}
    answer = container.request("POST", "/invocations", contender.row.encode(), headers)
    assert answer.headers.get(CUSTOM_ATTRIBUTES.lower()) == "trace=42"


@rule("objects in a NumPy file, which are pickles, are not loaded", PICKLE)
@of_running
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


@rule("SIGTERM finishes the request in hand, and ends all processes within 30 s", HOSTING)
@of_running
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


@rule("a worker that is killed is replaced", HOSTING)
@of_running
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


@rule("/metrics tells the requests in Prometheus' format", METRICS)
@of_running
def metrics(container: Container, contender: Contender) -> None:
    container.invoke(contender.row)
    answer = container.request("GET", "/metrics")
    assert answer.status == 200
    assert b"# TYPE " in answer.body
