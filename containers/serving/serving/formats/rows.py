"""Request bodies to rows of numbers."""

import csv
import io
import math
import struct
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, cast

import numpy
import orjson
import simdjson
from numpy.typing import NDArray

from serving.errors import RequestError
from serving.formats import parquet
from serving.formats.media_types import CSV, JSON, JSON_LINES, NPY, PARQUET

Rows = list[Any] | NDArray[Any]


def parse_csv(body: bytes) -> Rows:
    """The rows of a CSV body without a header; the values are not yet checked."""
    text = body.strip()
    # Plain numbers in rows are almost JSON, and the JSON parser is by far the fastest way to read them.
    # The letters of true, false and null must not slip through as values; quotes take the careful way.
    if not (b"r" in text or b"l" in text or b'"' in text or b"[" in text):
        try:
            if b"\n" not in text:
                row = orjson.loads(b"[" + text + b"]")
                return [row] if row else []
            if (matrix := _plain_matrix(text)) is not None:
                return matrix
            rows: list[Any] = orjson.loads(b"[[" + text.replace(b"\n", b"],[") + b"]]")
        except orjson.JSONDecodeError:
            pass
        else:
            return [row for row in rows if row]
    try:
        decoded = text.decode("utf-8-sig")
        return [row for row in csv.reader(decoded.splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"the body is not CSV: {error}") from None


def _plain_matrix(text: bytes) -> NDArray[numpy.float64] | None:
    """Lines with the same number of plain numbers each, or None."""
    # Thousands of numbers go from the text into one array, without a Python object for each; every number is rounded
    # exactly, as Python does. What this parser refuses is left to those that say why, or that know CSV.
    try:
        rows = simdjson.Parser().parse(b"[[" + text.replace(b"\n", b"],[") + b"]]")
        if not isinstance(rows, simdjson.Array) or len(set(map(len, cast("Sequence[Sequence[float]]", rows)))) != 1:
            return None
        return numpy.frombuffer(rows.as_buffer(of_type="d")).reshape(len(rows), -1)
    except (ValueError, TypeError, RuntimeError):
        return None


def _packed(numbers: Sequence[Any], rows: int) -> NDArray[numpy.float64] | None:
    """Numbers as a matrix of this many rows, or None when one is no number: packing is the fastest way to tell."""
    try:
        packed = struct.pack(f"{len(numbers)}d", *numbers)
    except (struct.error, OverflowError):
        return None
    return numpy.frombuffer(packed).reshape(rows, -1)


def parse_json(body: bytes) -> list[Any]:
    """The rows of `{"instances": [[…], …]}`, of a list of rows, or of one row, not yet checked."""
    document = load_json(body, "the body")
    if isinstance(document, dict):
        if "instances" not in document:
            raise RequestError("the JSON object has no 'instances': send {\"instances\": [[…], …]}")
        document = document["instances"]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(document, list):
        raise RequestError("the rows must be a JSON list of lists of numbers")
    rows: list[Any] = document  # pyright: ignore[reportUnknownVariableType]
    return [rows] if rows and not isinstance(rows[0], list) else rows


def parse_json_lines(body: bytes) -> list[Any]:
    """The rows of a body with one list, or one `{"features": […]}`, in each line."""
    rows: list[Any] = []
    for position, line in enumerate((line for line in body.splitlines() if line.strip()), 1):
        row = load_json(line, f"row {position}")
        rows.append(row["features"] if isinstance(row, dict) and "features" in row else row)
    return rows


def parse_npy(body: bytes) -> NDArray[Any]:
    """The rows of a NumPy file: numbers in one or two dimensions. Objects are pickles, and never loaded."""
    try:
        array: Any = numpy.load(io.BytesIO(body), allow_pickle=False)
    except Exception as error:
        # A broken header ends in whatever numpy's reader runs into: a token, a type, a zip file, too much memory.
        raise RequestError(f"the body is not a NumPy file of numbers: {error}") from None
    rows = cast("NDArray[Any]", array)
    # Without columns any number of rows fits into a few bytes, and each would become a list.
    if type(array) is not numpy.ndarray or rows.ndim not in (1, 2) or rows.dtype.kind not in "fiub" or not rows.size:
        raise RequestError("the NumPy array must hold numbers in one or two dimensions")
    return rows if rows.ndim == 2 else rows[numpy.newaxis, :]


PARSERS: dict[str, Callable[[bytes], Rows]] = {
    CSV: parse_csv,
    JSON: parse_json,
    JSON_LINES: parse_json_lines,
    NPY: parse_npy,
}
if parquet.INSTALLED:
    PARSERS[PARQUET] = parquet.parse_parquet


def as_matrix(rows: Rows, width: int) -> NDArray[numpy.float64]:
    """Rows as a matrix of `width` columns. Raises RequestError that names the first bad row and column."""
    if isinstance(rows, numpy.ndarray):
        if rows.dtype.kind in "fiu" and rows.shape[1] == width:
            return rows.astype(numpy.float64, copy=False)
    elif all(type(row) is list and len(row) == width for row in rows):
        matrix = _packed(list(chain.from_iterable(rows)), len(rows))
        if matrix is not None:
            return matrix
    return numpy.array(as_numbers(rows, width), dtype=numpy.float64)


def as_numbers(rows: Rows, width: int) -> list[list[float]]:
    """Rows whose every value is a number; an empty text or null is a missing value, NaN. Raises RequestError."""
    numbers: list[list[float]] = []
    each: Sequence[Any] = rows.tolist() if isinstance(rows, numpy.ndarray) else rows
    for position, value in enumerate(each, 1):
        row = as_list(value)
        if row is None:
            raise RequestError(f"row {position} is not a list of numbers")
        if len(row) != width:
            raise wrong_width(position, width, len(row))
        numbers.append([_number(value, position, column) for column, value in enumerate(row, 1)])
    return numbers


def load_json(text: bytes, what: str) -> Any:
    """The document in a text. Raises RequestError, which begins with `what` the text is."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"{what} is not JSON: {error}") from None


def as_list(row: object) -> list[Any] | None:
    """The row if it is a list, as the parsers give it."""
    return cast("list[Any]", row) if type(row) is list else None


def wrong_width(position: int, expected: int, got: int) -> RequestError:
    """The error of a row with too few or too many columns."""
    return RequestError(f"row {position}: expected {expected} columns, got {got}")


def _number(value: object, row: int, column: int) -> float:
    if value is None or (isinstance(value, str) and not value.strip()):
        return math.nan
    if isinstance(value, str | int | float):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.inf
        if not math.isinf(number):
            return number
    hint = " (rows are sent without a header)" if row == 1 and isinstance(value, str) else ""
    raise RequestError(f"row {row}, column {column}: {_shown(value)} is not a number{hint}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
