"""`python -m tabular serve` as a real process, over HTTP."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Answer, Serve, Server, Train, Trained, process_environment
from harness.containers.programs import IMAGES

Rows = list[tuple[str, str]]


def as_numbers(row: str) -> list[float]:
    return [float(cell) for cell in row.split(",")]


def test_ping_is_200_with_an_empty_body(server: Server) -> None:
    answer = server.request("GET", "/ping")
    assert (answer.status, answer.body) == (200, "")


def test_all_ways_to_ask_give_the_same_answer(server: Server, held_out: Rows) -> None:
    rows = [features for _, features in held_out]
    single = [server.invoke(row).body for row in rows[:10]]
    many = server.invoke("\n".join(rows)).body.splitlines(keepends=True)
    assert many[:10] == single
    cells = [line.strip().split(",") for line in many]
    scored = [(label, float(score)) for label, score in cells]
    numbers = [as_numbers(row) for row in rows]
    for document in ({"instances": numbers}, numbers):
        answer = server.invoke(json.dumps(document), "application/json")
        assert answer.headers["content-type"] == "application/json"
        predictions = json.loads(answer.body)["predictions"]
        assert [(each["predicted_label"], each["score"]) for each in predictions] == scored
    one = server.invoke(json.dumps(numbers[0]), "application/json", accept="text/csv")
    assert one.body == single[0]


def test_answers_agree_with_the_truth_as_training_measured(server: Server, trained: Trained, held_out: Rows) -> None:
    answers = server.invoke("\n".join(row for _, row in held_out)).body.splitlines()
    right = [answer.startswith(f"{truth},") for answer, (truth, _) in zip(answers, held_out, strict=True)]
    metrics = json.loads((trained.base / "output" / "data" / "metrics.json").read_text())
    assert sum(right) / len(right) == pytest.approx(metrics["validation:accuracy"])


@pytest.mark.parametrize("content_type", ["text/csv; charset=utf-8", "TEXT/CSV", "text/csv;header=absent"])
def test_content_type_parameters_are_tolerated(server: Server, held_out: Rows, content_type: str) -> None:
    assert server.invoke(held_out[0][1], content_type).status == 200


def test_csv_dialects_are_read_alike(server: Server, held_out: Rows) -> None:
    first, second = held_out[0][1], held_out[1][1]
    plain = server.invoke(f"{first}\n{second}").body
    quoted = ",".join(f'"{cell}"' for cell in first.split(","))
    for body in (
        f"{first}\r\n{second}\r\n",
        f"\n{first}\n\n{second}\n\n",
        f"{quoted}\n{second}",
        f"\ufeff{first}\n{second}",
        f"+{first}\n{second}",
        f"{first.replace(',', ' , ')}\n{second}",
    ):
        answer = server.invoke(body.encode())
        assert (answer.status, answer.body) == (200, plain), body[:60]


def test_numpy_files_are_read_and_never_unpickled(server: Server, held_out: Rows, image: LocalImage) -> None:
    rows = [as_numbers(features) for _, features in held_out[:3]]
    make = "import io, json, sys, numpy; rows, kind = json.load(sys.stdin); file = io.BytesIO(); "
    make += (
        "numpy.save(file, numpy.array(rows, dtype=kind), allow_pickle=True); sys.stdout.buffer.write(file.getvalue())"
    )

    def npy(rows: list[list[float]] | list[float], kind: str = "float64") -> bytes:
        given = json.dumps([rows, kind]).encode()
        return subprocess.run([image.python, "-c", make], input=given, capture_output=True, check=True).stdout

    expected = server.invoke(json.dumps(rows), "application/json").body
    for kind in ("float64", ">f8"):
        answer = server.invoke(npy(rows, kind), "application/x-npy")
        assert (answer.status, answer.body, answer.headers["content-type"]) == (200, expected, "application/json")
    assert (
        server.invoke(npy(rows[0]), "application/x-npy", accept="text/csv").body == server.invoke(held_out[0][1]).body
    )
    pickled = server.invoke(npy(rows, "object"), "application/x-npy")
    assert (pickled.status, "not a NumPy file of numbers" in pickled.body) == (400, True)
    assert server.invoke(b"\x93NUMPY", "application/x-npy").status == 400


def test_missing_values_are_empty_in_csv_and_null_in_json(server: Server, held_out: Rows) -> None:
    row: list[float | None] = [*as_numbers(held_out[0][1])]
    row[3] = None
    csv = ",".join("" if value is None else repr(value) for value in row)
    from_csv = server.invoke(csv, accept="application/json")
    from_json = server.invoke(json.dumps([row]), "application/json")
    assert from_csv.status == 200
    assert from_csv.body == from_json.body
    both = server.invoke(json.dumps([row, row]), "application/json")
    assert json.loads(both.body)["predictions"] == json.loads(from_json.body)["predictions"] * 2


WIDTH = 30
ZEROS = ",".join("0" * WIDTH)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("1,2", "text/csv", "row 1: expected 30 columns, got 2"),
        (f"{ZEROS}\n{ZEROS},1", "text/csv", "row 2: expected 30 columns, got 31"),
        (f"{ZEROS}\n{'x' + ZEROS[1:]}", "text/csv", "row 2, column 1: 'x' is not a number"),
        (f"true{ZEROS[1:]}", "text/csv", "row 1, column 1: 'true' is not a number (rows are sent without a header)"),
        (f"1e999{ZEROS[1:]}", "text/csv", "row 1, column 1: '1e999' is not a number"),
        (f"[1]{ZEROS[1:]}", "text/csv", "row 1, column 1: '[1]' is not a number"),
        ("", "text/csv", "the request holds no rows"),
        ("\n \n", "text/csv", "the request holds no rows"),
        (b"\xff\xfe", "text/csv", "the body is not CSV"),
        ("{", "application/json", "the body is not JSON"),
        ("[" * 5000, "application/json", "the body is not JSON"),
        ("", "application/json", "the body is not JSON"),
        ("{}", "application/json", "the JSON object has no 'instances'"),
        ('{"instances": 3}', "application/json", "must be a JSON list of lists"),
        ('{"instances": []}', "application/json", "the request holds no rows"),
        ("[[1, 2]]", "application/json", "row 1: expected 30 columns, got 2"),
        (f"[[{ZEROS}], 7]", "application/json", "row 2 is not a list of numbers"),
        (f"[[{ZEROS}], [{ZEROS},1]]", "application/json", "row 2: expected 30 columns, got 31"),
        (f"[[{ZEROS[2:]},{{}}]]", "application/json", "row 1, column 30: {} is not a number"),
        (f'[[{ZEROS}], [{ZEROS[2:]},"a"]]', "application/json", "row 2, column 30: 'a' is not a number"),
    ],
)
def test_bad_input_is_400_with_a_reason(server: Server, body: bytes | str, content_type: str, reason: str) -> None:
    answer = server.invoke(body, content_type)
    assert answer.status == 400
    assert reason in answer.body
    assert "Traceback" not in answer.body


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "text/csv"),
        ("text/*", "text/csv"),
        ("application/json", "application/json"),
        ("application/json;q=0.2, text/csv;q=0.9", "text/csv"),
        ("image/png, application/*;q=0.1", "application/json"),
    ],
)
def test_accept_is_negotiated(server: Server, held_out: Rows, accept: str, expected: str) -> None:
    answer = server.invoke(held_out[0][1], accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, expected)


def test_other_statuses(server: Server) -> None:
    statuses: dict[int, Answer] = {
        415: server.invoke("x", "application/x-unknown"),
        406: server.invoke("1", accept="image/png"),
        404: server.request("GET", "/models"),
        405: server.request("GET", "/invocations"),
    }
    assert {status: answer.status for status, answer in statuses.items()} == {status: status for status in statuses}
    assert "text/csv or application/json" in statuses[415].body
    assert "accept text/csv or application/json" in statuses[406].body
    assert statuses[405].headers["allow"] == "POST"
    assert server.request("POST", "/ping").headers["allow"] == "GET, HEAD"
    assert server.invoke("1", accept="text/csv;q=0").status == 406


def test_body_over_25_mb_is_413_and_the_next_request_works(server: Server, held_out: Rows) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=900) as connection:
        connection.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 26214401\r\n\r\n"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert server.invoke(held_out[0][1]).status == 200


def test_chunked_body_over_25_mb_is_413(server: Server) -> None:
    chunk = b"100000\r\n" + b"1" * 2**20 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=900) as connection:
        connection.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        try:
            for _ in range(26):
                connection.sendall(chunk)
        except OSError:
            pass
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_body_just_under_25_mb_is_answered(server: Server, held_out: Rows) -> None:
    row = held_out[0][1] + "\n"
    body = row * (26_214_400 // len(row))
    answer = server.invoke(body)
    assert (answer.status, answer.body.count("\n")) == (200, body.count("\n"))


def test_custom_attributes_come_back_with_answers_and_errors(server: Server, held_out: Rows) -> None:
    name = "X-Amzn-SageMaker-Custom-Attributes"
    for body, status in ((held_out[0][1], 200), ("x", 400)):
        answer = server.request("POST", "/invocations", body, {"Content-Type": "text/csv", name: "trace=42"})
        assert answer.status == status
        assert answer.headers[name.lower()] == "trace=42"


def test_every_error_is_one_structured_log_line(start_server: Serve, trained: Trained) -> None:
    server = start_server(trained.base)
    assert server.invoke("1,2").status == 400
    assert server.invoke("x", "text/plain").status == 415
    lines = [json.loads(line) for line in server.log.splitlines()]
    errors = [line for line in lines if line["level"] == "error"]
    assert [line["status"] for line in errors] == [400, 415]
    assert errors[0]["message"] == "row 1: expected 30 columns, got 2"


def test_multiclass_gives_a_probability_for_each_class(train: Train, start_server: Serve) -> None:
    rows = "\n".join(f"{index % 3}.{index},{index % 3}" for index in range(240))
    result = train({"label": "kind", "num_iterations": "10"}, {"train": {"t.csv": f"x,kind\n{rows}\n"}})
    server = start_server(result.base)
    answer = json.loads(server.invoke("1.5", accept="application/json").body)["predictions"][0]
    assert answer["predicted_label"] == 1
    assert len(answer["score"]) == 3
    assert sum(answer["score"]) == pytest.approx(1)
    assert server.invoke("0.5\n1.5\n2.5").body.splitlines()[2].startswith("2,")


def call_application(image: LocalImage, folder: Path, probe: str) -> list[str]:
    return subprocess.run(
        [image.python, IMAGES / "probes" / probe],
        env=process_environment(image, folder),
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    ).stdout.splitlines()


def test_ping_is_answered_while_a_large_request_is_computed(image: LocalImage, tmp_path: Path) -> None:
    assert json.loads(call_application(image, tmp_path, "ping_while_busy.py")[-1]) == [200, 200]


def test_failing_model_is_500_without_its_details(image: LocalImage, tmp_path: Path) -> None:
    logged, answered = map(json.loads, call_application(image, tmp_path, "failing_model.py"))
    status, names, body = answered
    assert status == 500
    assert body == "the model failed to answer; the container's log has the details\n"
    assert "x-amzn-sagemaker-custom-attributes" in names
    assert "secret detail" in logged["traceback"]
