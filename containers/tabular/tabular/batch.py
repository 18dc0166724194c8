"""Batch transform: what the container wishes for, and answers that lose no record.

SageMaker drops a whole file when one of its requests fails. So a record that cannot be scored gets a row that
says so, and all others their score.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from tabular.errors import PayloadError
from tabular.payload import CSV, JSON, JSON_LINES, answer, parse_json
from tabular.predictor import Predictor

PLACEHOLDER = "ERROR"
PAYLOAD_MEGABYTES = 6
# MaxConcurrentTransforms times MaxPayloadInMB may not exceed this.
MOST_MEGABYTES = 100


@dataclass(frozen=True)
class BatchTransform:
    """The transform job that this container serves; `workers` processes answer in it."""

    workers: int

    def execution_parameters(self) -> bytes:
        """The body of `/execution-parameters`: one request for each worker, of many records."""
        concurrency = min(self.workers, MOST_MEGABYTES // PAYLOAD_MEGABYTES)
        return orjson.dumps(
            {
                "MaxConcurrentTransforms": concurrency,
                "BatchStrategy": "MULTI_RECORD",
                "MaxPayloadInMB": PAYLOAD_MEGABYTES,
            }
        )

    def answer(self, predictor: Predictor, body: bytes, content_type: str, accept: str) -> bytes:
        """The answer of `payload.answer`, with a placeholder for each record that cannot be scored.

        Raises PayloadError when the body cannot even be taken apart into records.
        """
        try:
            return answer(predictor, body, content_type, accept)
        except PayloadError as error:
            records = list(_records(body, content_type))
            if not records:
                raise error
        each_as = CSV if accept == CSV else JSON_LINES
        lines = [_answer_one(predictor, record, content_type, each_as) for record in records]
        if accept == JSON:
            return orjson.dumps({"predictions": [orjson.loads(line) for line in lines]})
        return b"".join(lines)


def _records(body: bytes, content_type: str) -> Iterator[bytes]:
    if content_type == JSON:
        yield from (orjson.dumps([row]) for row in parse_json(body))
    else:
        yield from (line for line in body.splitlines() if line.strip())


def _answer_one(predictor: Predictor, record: bytes, content_type: str, accept: str) -> bytes:
    try:
        return answer(predictor, record, content_type, accept)
    except PayloadError as error:
        if accept == CSV:
            return f"{PLACEHOLDER}{',' * predictor.outputs}\n".encode()
        row = {"predicted_label": None, "score": None, "error": str(error).removeprefix("row 1: ")}
        return orjson.dumps(row) + b"\n"
