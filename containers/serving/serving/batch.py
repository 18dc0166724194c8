"""Batch transform: what the container wishes for, and answers that lose no record.

SageMaker drops a whole file when one of its requests fails. So a record that cannot be scored gets a row that
says so, and all others their score.
"""

import math
from collections.abc import Iterator
from typing import Any, cast

import orjson

from serving.errors import RequestError
from serving.formats.media_types import CSV, JSON, JSON_LINES, NPY, PARQUET, content_type
from serving.formats.parquet import write_parquet
from serving.formats.rows import PARSERS, parse_json
from serving.handler import Request, Response
from serving.row_handler import READABLE, RowHandler, RowModel, negotiate, write_npy

PLACEHOLDER = "ERROR"
PAYLOAD_MEGABYTES = 6
# MaxConcurrentTransforms times MaxPayloadInMB may not exceed this.
MOST_MEGABYTES = 100


def execution_parameters(workers: int) -> bytes:
    """The body of `/execution-parameters`: one request for each worker, of many records."""
    return orjson.dumps(
        {
            "MaxConcurrentTransforms": min(workers, MOST_MEGABYTES // PAYLOAD_MEGABYTES),
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": PAYLOAD_MEGABYTES,
        }
    )


class BatchRowHandler:
    """A RowHandler that answers each record by itself where the request as a whole cannot be answered."""

    inline_bytes = RowHandler.inline_bytes

    def __init__(self, model: RowModel) -> None:
        self._rows = RowHandler(model)
        self._scores = 1 if model.classes is None or len(model.classes) == 2 else len(model.classes)

    def answer(self, request: Request) -> Response:
        """As RowHandler, with a placeholder for each record that cannot be scored.

        Raises RequestError when the body cannot even be taken apart into records.
        """
        try:
            return self._rows.answer(request)
        except RequestError as error:
            if error.status != 400:
                raise
            records = list(_records(request))
            if not records:
                raise
        _, media_type = negotiate(request.content_type, request.accept)
        each_as = CSV if media_type == CSV else JSON_LINES
        lines = [self._answer_one(record, each_as) for record in records]
        if media_type == JSON:
            return Response(orjson.dumps({"predictions": [orjson.loads(line) for line in lines]}), media_type)
        if media_type == NPY:
            # A NumPy file has no place for a reason either: a record without an answer is NaN.
            return Response(write_npy([_numbers(line, self._scores) for line in lines]), media_type)
        if media_type == PARQUET:
            return Response(write_parquet([orjson.loads(line) for line in lines]), media_type)
        return Response(b"".join(lines), media_type)

    def close(self) -> None:
        """Close the model."""
        self._rows.close()

    def _answer_one(self, record: Request, accept: str) -> bytes:
        try:
            body = self._rows.answer(Request(record.body, record.content_type, accept)).body
            return body if isinstance(body, bytes) else b"".join(body)
        except RequestError as error:
            model = self._rows.model
            if accept == CSV:
                columns = self._scores + (model.classes is not None)
                return f"{PLACEHOLDER}{',' * (columns - 1)}\n".encode()
            row: dict[str, object] = {} if model.classes is None else {"predicted_label": None}
            return orjson.dumps(row | {"score": None, "error": str(error).removeprefix("row 1: ")}) + b"\n"


def _numbers(line: bytes, scores: int) -> list[float]:
    score: Any = orjson.loads(line)["score"]
    if score is None:
        return [math.nan] * scores
    return cast("list[float]", score) if isinstance(score, list) else [score]


def _records(request: Request) -> Iterator[Request]:
    media_type = content_type(request.content_type, READABLE)
    if media_type == JSON:
        bodies = (orjson.dumps([row]) for row in parse_json(request.body))
    elif media_type in (CSV, JSON_LINES):
        bodies = (line for line in request.body.splitlines() if line.strip())
    else:
        bodies = (orjson.dumps(row.tolist()) for row in PARSERS[media_type](request.body))
        media_type = JSON
    yield from (Request(body, media_type, request.accept) for body in bodies)
