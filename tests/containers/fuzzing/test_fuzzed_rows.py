"""Rows that nobody would send, in every media type: the fast ways to read them say what the careful ones say."""

import json
import struct
from collections.abc import Generator

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from harness.containers.container_processes import Serve, Server, Trained
from harness.containers.fuzzed_servers import examples, post, unharmed

COLUMNS = 30
NUMBERS = some.floats(allow_nan=False, allow_infinity=False).map(repr) | some.integers(-(2**70), 2**70).map(str)
ODD = some.sampled_from(
    [
        "",
        " ",
        "nan",
        "inf",
        "1e999",
        "-0",
        "+1",
        ".5",
        "1.",
        "01",
        "0x1F",
        "1_000",
        "\u0661",
        "null",
        "true",
        '"1"',
        "[1]",
    ]
)
CELLS = some.one_of(NUMBERS, NUMBERS, NUMBERS, ODD)
ROWS = some.lists(some.sampled_from(["1", "0.5", "-2e3"]) | CELLS, min_size=COLUMNS, max_size=COLUMNS)
SIZES = some.integers(-1, 40) | some.sampled_from([10**12, 2**63])
SHAPES = some.tuples(SIZES) | some.tuples(SIZES, SIZES) | some.just(()) | some.tuples(SIZES, SIZES, SIZES)
DESCRIPTIONS = some.sampled_from(
    [
        "<f8",
        "<f4",
        ">f8",
        "<f2",
        "<f16",
        "<i8",
        "|u1",
        "|b1",
        "<c16",
        "|O",
        "<U5",
        "|S3",
        "|V8",
        "<M8[D]",
        "f8,f8",
        "?",
        "x",
    ]
)
NPY_HEADERS = some.one_of(
    some.builds("{{'descr': {!r}, 'fortran_order': {}, 'shape': {}}}".format, DESCRIPTIONS, some.booleans(), SHAPES),
    some.sampled_from(
        ["{", "(", "{[]: 1}", "{1: 2, 'a': 3}", "[" * 300, "0x", "-" * 9000, "{'descr'", "'", "\x00", "1L"]
    ),
    some.text(max_size=30),
)


@pytest.fixture(scope="module")
def fuzzed(start_server: Serve, trained: Trained) -> Generator[Server]:
    with unharmed(start_server(trained.base)) as server:
        yield server


@given(row=ROWS)
@example(row=["1"] * 29 + ["1e999"])
@examples(150)
def test_a_row_is_answered_alone_as_among_others(fuzzed: Server, row: list[str]) -> None:
    line = ",".join(row).encode()
    alone, answer = post(fuzzed.port, "/invocations", line, Content_Type="text/csv")
    twice, answers = post(fuzzed.port, "/invocations", line + b"\n" + line + b"\n", Content_Type="text/csv")
    assert alone in (200, 400)
    assert twice == alone
    assert alone == 400 or answers == answer * 2


@given(row=some.lists(some.one_of(NUMBERS, ODD), min_size=COLUMNS, max_size=COLUMNS))
@examples(100)
def test_json_lines_say_what_json_says(fuzzed: Server, row: list[str]) -> None:
    body = f"[{','.join(row)}]".encode()
    as_json = post(fuzzed.port, "/invocations", body, Content_Type="application/json", Accept="text/csv")
    as_lines = post(fuzzed.port, "/invocations", body, Content_Type="application/jsonlines", Accept="text/csv")
    assert as_json[0] in (200, 400)
    assert as_lines[0] == as_json[0]
    assert as_json[0] == 400 or as_lines[1] == as_json[1]


@given(
    header=NPY_HEADERS,
    version=some.sampled_from([b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x04\x00"]),
    data=some.binary(max_size=300),
)
@example(header="{'descr': '<f8', 'fortran_order': False, 'shape': (1, 30)}", version=b"\x01\x00", data=bytes(240))
@example(
    header="{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 0)}", version=b"\x01\x00", data=b""
)
@examples(250)
def test_any_numpy_header_gets_a_clean_answer(fuzzed: Server, header: str, version: bytes, data: bytes) -> None:
    text = header.encode()
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    body = b"\x93NUMPY" + version + size + text + data
    answered, said = post(fuzzed.port, "/invocations", body, Content_Type="application/x-npy")
    assert answered in (200, 400), said


@given(
    start=some.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x80\x04", b"\x93NUMPY", b"\x93NUMPY\x01\x00"]),
    rest=some.binary(max_size=60),
)
@examples(60)
def test_what_is_no_numpy_file_is_refused(fuzzed: Server, start: bytes, rest: bytes) -> None:
    answered, said = post(fuzzed.port, "/invocations", start + rest, Content_Type="application/x-npy")
    assert answered == 400, said


@given(
    rows=some.lists(
        some.lists(some.integers() | some.none() | some.booleans() | some.text(max_size=3), max_size=31), max_size=4
    )
)
@examples(60)
def test_batches_of_odd_rows_get_a_clean_answer(fuzzed: Server, rows: list[list[object]]) -> None:
    body = json.dumps({"instances": rows}).encode()
    answered, said = post(fuzzed.port, "/invocations", body, Content_Type="application/json")
    assert answered in (200, 400), said
