"""Parquet in and out of an image that has pyarrow, and the refusal of one that has not."""

import io
from collections.abc import Mapping
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pyarrow
import pyarrow.parquet
import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Server, Trained

PARQUET = "application/x-parquet"
Rows = list[tuple[str, str]]
arrow = cast("Any", pyarrow)
parquet = cast("Any", pyarrow.parquet)


@pytest.fixture(scope="module")
def packages(image: LocalImage, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with the image's programs and, as its lock might, pyarrow."""
    found = find_spec("pyarrow")
    assert found is not None
    assert found.origin is not None
    folder = tmp_path_factory.mktemp("packages")
    package = Path(found.origin).parent
    (folder / "pyarrow").symlink_to(package)
    return f"{image.context}:{folder}"


@pytest.fixture(scope="module")
def reading(start_server: Serve, trained: Trained, packages: str) -> Server:
    return start_server(trained.base, PYTHONPATH=packages)


def file_of(columns: Mapping[str, list[Any]]) -> bytes:
    written = io.BytesIO()
    parquet.write_table(arrow.table(dict(columns)), written)
    return written.getvalue()


def columns_of(rows: list[list[float | None]]) -> dict[str, list[Any]]:
    return {f"f{index}": list(column) for index, column in enumerate(zip(*rows, strict=True))}


def ask(server: Server, body: bytes, content_type: str, accept: str = "") -> tuple[int, str, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=900)
    headers = {"Content-Type": content_type} | ({"Accept": accept} if accept else {})
    connection.request("POST", "/invocations", body, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, response.headers["content-type"], answer


def records(body: bytes) -> list[dict[str, Any]]:
    return parquet.read_table(io.BytesIO(body)).to_pylist()


@pytest.mark.parametrize("name", [PARQUET, "application/vnd.apache.parquet"])
def test_rows_are_read_and_answered_as_parquet(reading: Server, held_out: Rows, name: str) -> None:
    numbers: list[list[float | None]] = [[float(cell) for cell in row.split(",")] for _, row in held_out[:5]]
    numbers[2][3] = None
    status, content_type, body = ask(reading, file_of(columns_of(numbers)), name)
    assert (status, content_type) == (200, PARQUET)
    as_csv = "\n".join(",".join("" if cell is None else repr(cell) for cell in row) for row in numbers)
    expected = reading.invoke(as_csv).body
    assert "".join(f"{row['predicted_label']},{row['score']!r}\n" for row in records(body)) == expected
    assert ask(reading, file_of(columns_of(numbers)), name, "text/csv")[2].decode() == expected
    assert records(ask(reading, as_csv.encode(), "text/csv", name)[2]) == records(body)


def test_whole_numbers_and_truth_values_are_numbers(reading: Server, held_out: Rows) -> None:
    columns: dict[str, list[Any]] = {f"f{index}": [1, None] for index in range(29)} | {"last": [True, False]}
    status, _, body = ask(reading, file_of(columns), PARQUET, "text/csv")
    assert (status, body.decode()) == (200, reading.invoke("1," * 29 + "1\n" + "," * 29 + "0").body)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"PAR1nonsensePAR1", 400, "the body is not a Parquet file"),
        (file_of({"a": ["x"]}), 400, "column 'a' of the Parquet file holds string, not numbers"),
        (file_of({"a": [1.0], "b": [2.0]}), 400, "row 1: expected 30 columns, got 2"),
        (file_of({"a": arrow.nulls(60_000_000)}), 413, "holds more than 52428800 values"),
    ],
)
def test_other_files_are_refused(reading: Server, body: bytes, status: int, reason: str) -> None:
    answered, _, said = ask(reading, body, PARQUET)
    assert (answered, reason in said.decode()) == (status, True), said


def test_a_bad_record_of_a_transform_job_is_a_row_without_a_score(
    start_server: Serve, trained: Trained, held_out: Rows, packages: str
) -> None:
    batch = start_server(trained.base, PYTHONPATH=packages, SAGEMAKER_BATCH="true")
    _, _, body = ask(batch, f"{held_out[0][1]}\nbad\n".encode(), "text/csv", PARQUET)
    good, bad = records(body)
    assert (good["score"] is not None, bad["score"], "expected 30 columns" in bad["error"]) == (True, None, True)


def test_an_image_without_pyarrow_says_so(server: Server) -> None:
    status, _, said = ask(server, b"PAR1", PARQUET)
    reason = f"content type '{PARQUET}' needs pyarrow, which this image does not have\n"
    assert (status, said.decode()) == (415, reason)
    assert ask(server, b"1", "text/csv", PARQUET)[0] == 406
