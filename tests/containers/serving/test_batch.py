"""Batch transform: the container in a transform job."""

import json
import socket
import subprocess

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Server, Train, Trained
from harness.containers.programs import program

Rows = list[tuple[str, str]]


@pytest.fixture(scope="module")
def batch(start_server: Serve, trained: Trained) -> Server:
    return start_server(trained.base, SAGEMAKER_BATCH="true", MODEL_SERVER_WORKERS="2")


def test_the_container_wishes_for_what_it_can_do(batch: Server) -> None:
    answer = batch.request("GET", "/execution-parameters")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.body) == {
        "MaxConcurrentTransforms": 2,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": 6,
    }


def test_the_wishes_stay_within_100_mb(start_server: Serve, trained: Trained) -> None:
    server = start_server(trained.base, SAGEMAKER_BATCH="true", MODEL_SERVER_WORKERS="20")
    wishes = json.loads(server.request("GET", "/execution-parameters").body)
    assert wishes["MaxConcurrentTransforms"] * wishes["MaxPayloadInMB"] == 96


def test_an_endpoint_has_no_wishes(server: Server) -> None:
    assert server.request("GET", "/execution-parameters").status == 404


def test_good_records_are_answered_as_by_an_endpoint(batch: Server, server: Server, held_out: Rows) -> None:
    body = "\n".join(features for _, features in held_out)
    assert batch.invoke(body).body == server.invoke(body).body


@pytest.mark.parametrize("bad", ["1,2", "x" * 10, '"', "[1", "true"])
def test_a_bad_csv_record_becomes_a_placeholder(batch: Server, server: Server, held_out: Rows, bad: str) -> None:
    first, second = held_out[0][1], held_out[1][1]
    answer = batch.invoke(f"{first}\n{bad}\n{second}\n")
    assert answer.status == 200
    expected = server.invoke(f"{first}\n{second}").body.splitlines()
    assert answer.body.splitlines() == [expected[0], "ERROR,", expected[1]]
    assert server.invoke(f"{first}\n{bad}\n{second}\n").status == 400


def test_a_bad_json_line_says_what_is_wrong(batch: Server, server: Server, held_out: Rows) -> None:
    good = f"[{held_out[0][1]}]"
    answer = batch.invoke(f"{good}\n[1, 2]\n{{\n{good}", "application/jsonlines")
    lines = [json.loads(line) for line in answer.body.splitlines()]
    expected = json.loads(server.invoke(good, "application/jsonlines").body)
    assert lines[0] == lines[3] == expected
    assert lines[1] == {"predicted_label": None, "score": None, "error": "expected 30 columns, got 2"}
    assert "not JSON" in lines[2]["error"]


def test_a_bad_row_of_a_json_document(batch: Server, held_out: Rows) -> None:
    row = [float(cell) for cell in held_out[0][1].split(",")]
    answer = batch.invoke(json.dumps({"instances": [row, [1], 7]}), "application/json")
    predictions = json.loads(answer.body)["predictions"]
    assert predictions[0]["score"] is not None
    assert [prediction["score"] for prediction in predictions[1:]] == [None, None]
    assert batch.invoke("{", "application/json").status == 400


def test_a_placeholder_has_a_column_for_each_class(train: Train, start_server: Serve) -> None:
    rows = "\n".join(f"{index % 3}.{index},{index % 3}" for index in range(240))
    result = train({"label": "kind", "num_iterations": "10"}, {"train": {"t.csv": f"x,kind\n{rows}\n"}})
    answer = start_server(result.base, SAGEMAKER_BATCH="true").invoke("1.5\nx")
    good, bad = answer.body.splitlines()
    assert good.count(",") == bad.count(",") == 3
    assert bad == "ERROR,,,"


def test_a_transform_job_may_send_more_than_an_endpoint(batch: Server, held_out: Rows) -> None:
    row = held_out[0][1] + "\n"
    body = row * (26_500_000 // len(row))
    answer = batch.invoke(body)
    assert (answer.status, answer.body.count("\n")) == (200, body.count("\n"))
    with socket.create_connection(("127.0.0.1", batch.port), timeout=900) as connection:
        connection.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 104857601\r\n\r\n"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_json_lines_are_answered_line_by_line(server: Server, held_out: Rows) -> None:
    rows = [features for _, features in held_out[:5]]
    plain = server.invoke("\n".join(f"[{row}]" for row in rows), "application/jsonlines")
    named = server.invoke("\n".join(f'{{"features": [{row}]}}' for row in rows) + "\n", "application/jsonlines")
    assert (plain.status, plain.headers["content-type"]) == (200, "application/jsonlines")
    assert named.body == plain.body
    one_document = server.invoke("\n".join(rows), accept="application/json")
    assert [json.loads(line) for line in plain.body.splitlines()] == json.loads(one_document.body)["predictions"]
    broken = server.invoke(f'[{rows[0]}]\n{{"values": 1}}', "application/jsonlines")
    assert (broken.status, broken.body) == (400, "row 2 is not a list of numbers\n")


def test_a_bad_record_is_nan_in_a_numpy_answer(image: LocalImage) -> None:
    script = program("probes/numpy_batch.py")
    environment = {"PYTHONPATH": image.python_path}
    done = subprocess.run(
        [image.python, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "application/x-npy [[0.5], [nan], [0.75]]\n"
