"""Request bodies to numbers, and probabilities to response bodies."""

import csv
import math
from collections.abc import Sequence
from typing import Any

import numpy
import orjson
from numpy.typing import NDArray

from tabular.errors import PayloadError
from tabular.predictor import Predictor

CSV = "text/csv"
JSON = "application/json"
JSON_LINES = "application/jsonlines"
MEDIA_TYPES = (CSV, JSON, JSON_LINES)


def answer(predictor: Predictor, body: bytes, content_type: str, accept: str) -> bytes:
    """Parse a body of `content_type`, predict, and write the response as `accept`.

    Raises PayloadError with the reason when the body is not what the model takes.
    """
    rows = _PARSERS[content_type](body)
    if not rows:
        raise PayloadError("the request holds no rows")
    if len(rows) == 1:
        row = rows[0]
        if len(row) != predictor.features:
            raise _wrong_width(1, predictor.features, len(row))
        try:
            scores = [predictor.predict_row(row)]
        except TypeError:
            scores = [predictor.predict_row(_numbers(rows, predictor.features)[0])]
    else:
        scores = predictor.predict(_matrix(rows, predictor.features)).tolist()
    return _format(scores, predictor.metadata.classes, accept)


def _parse_csv(body: bytes) -> list[Any]:
    text = body.strip()
    # Plain numbers in rows are almost JSON, and the JSON parser is by far the fastest way to read them.
    # The letters of true, false and null must not slip through as values; quotes take the careful way.
    if not (b"r" in text or b"l" in text or b'"' in text or b"[" in text):
        try:
            rows: list[Any] = orjson.loads(b"[[" + text.replace(b"\n", b"],[") + b"]]")
        except orjson.JSONDecodeError:
            pass
        else:
            return [row for row in rows if row]
    try:
        decoded = text.decode("utf-8-sig")
        return [row for row in csv.reader(decoded.splitlines(), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise PayloadError(f"the body is not CSV: {error}") from None


def parse_json(body: bytes) -> list[Any]:
    """The rows of a JSON document, not yet checked; PayloadError when it holds none."""
    document = _load(body, "the body")
    if isinstance(document, dict):
        if "instances" not in document:
            raise PayloadError("the JSON object has no 'instances': send {\"instances\": [[…], …]}")
        document = document["instances"]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(document, list):
        raise PayloadError("the rows must be a JSON list of lists of numbers")
    rows: list[Any] = document  # pyright: ignore[reportUnknownVariableType]
    return [rows] if rows and not isinstance(rows[0], list) else rows


def _parse_json_rows(body: bytes) -> list[Any]:
    return _lists(parse_json(body))


def _parse_json_lines(body: bytes) -> list[Any]:
    lines = [line for line in body.splitlines() if line.strip()]
    rows: list[Any] = []
    for position, line in enumerate(lines, 1):
        row = _load(line, f"row {position}")
        rows.append(row["features"] if isinstance(row, dict) and "features" in row else row)
    return _lists(rows)


def _load(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PayloadError(f"{what} is not JSON: {error}") from None


def _lists(rows: list[Any]) -> list[Any]:
    for position, row in enumerate(rows, 1):
        if not isinstance(row, list):
            raise PayloadError(f"row {position} is not a list of numbers")
    return rows


_PARSERS = {CSV: _parse_csv, JSON: _parse_json_rows, JSON_LINES: _parse_json_lines}


def _matrix(rows: list[Any], width: int) -> NDArray[numpy.float64]:
    try:
        matrix = numpy.array(rows)
    except (ValueError, OverflowError):
        return numpy.array(_numbers(rows, width), dtype=numpy.float64)
    if matrix.dtype.kind not in "fi" or matrix.shape != (len(rows), width):
        return numpy.array(_numbers(rows, width), dtype=numpy.float64)
    return matrix.astype(numpy.float64, copy=False)


def _numbers(rows: Sequence[Sequence[object]], width: int) -> list[list[float]]:
    numbers: list[list[float]] = []
    for position, row in enumerate(rows, 1):
        if len(row) != width:
            raise _wrong_width(position, width, len(row))
        numbers.append([_number(value, position, column) for column, value in enumerate(row, 1)])
    return numbers


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
    raise PayloadError(f"row {row}, column {column}: {_shown(value)} is not a number{hint}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _wrong_width(row: int, expected: int, got: int) -> PayloadError:
    return PayloadError(f"row {row}: expected {expected} columns, got {got}")


def _format(scores: list[list[float]], classes: Sequence[str | int], accept: str) -> bytes:
    binary = len(classes) == 2
    labels = [
        classes[score[0] >= 0.5] if binary else classes[max(range(len(score)), key=score.__getitem__)]
        for score in scores
    ]
    answers = list(zip(labels, scores, strict=True))
    if accept == CSV:
        lines = [f"{_cell(label)},{','.join(map(repr, score))}\n" for label, score in answers]
        return "".join(lines).encode()
    shown = [(label, score[0] if binary else score) for label, score in answers]
    predictions = [{"predicted_label": label, "score": score} for label, score in shown]
    if accept == JSON_LINES:
        return b"".join(orjson.dumps(prediction) + b"\n" for prediction in predictions)
    return orjson.dumps({"predictions": predictions})


def _cell(label: str | int) -> str:
    text = str(label)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text
