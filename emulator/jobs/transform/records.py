"""Records of a batch transform job: split from an object, filtered, joined with the answers, assembled.

See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from emulator.containers.errors import DataPlaneError
from emulator.jobs.transform.filter import Filter

CSV = "text/csv"
JSON_TYPES = ("application/json", "application/jsonlines")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Batching:
    """How records become requests.

    Args:
        by_line: SplitType Line; otherwise an object is one record.
        single: BatchStrategy SingleRecord.
        most_bytes: Largest payload; None without a limit (MaxPayloadInMB 0: chunked transfer).
    """

    by_line: bool
    single: bool
    most_bytes: int | None

    def split(self, content: bytes) -> list[bytes]:
        """The records of an object. A header is a record as any other, an empty line is none."""
        return [line for line in content.splitlines() if line.strip()] if self.by_line else [content]

    def batches(self, records: Sequence[bytes]) -> Iterator[tuple[int, int]]:
        """First and last (exclusive) record of each request. Raises DataPlaneError for a record that is too large."""
        start, size = 0, 0
        for position, record in enumerate(records):
            length = len(record) + 1
            if self.most_bytes is not None and len(record) > self.most_bytes:
                most = self.most_bytes // _MEGABYTE
                raise DataPlaneError(f"record {position + 1} is larger than MaxPayloadInMB ({most} MB)")
            full = self.most_bytes is not None and size + length - 1 > self.most_bytes
            if position > start and (self.single or full):
                yield start, position
                start, size = position, 0
            size += length
        if start < len(records):
            yield start, len(records)


class DataProcessing:
    """DataProcessing of a job: filters and join for CSV and JSON.

    Args:
        settings: `DataProcessing` of the request.
        media_type: Content type of the input without its parameters.
        by_line: Whether each line is a record.

    Raises DataPlaneError for filters outside the documented operators, and for other content types.
    """

    def __init__(self, settings: Mapping[str, str], media_type: str, *, by_line: bool) -> None:
        self._input = Filter(settings.get("InputFilter", "$"))
        self._output = Filter(settings.get("OutputFilter", "$"))
        self._join = settings.get("JoinSource", "None") == "Input"
        self.active = self._join or any(settings.get(name, "$") != "$" for name in ("InputFilter", "OutputFilter"))
        self._csv = media_type == CSV
        self._lines = by_line or media_type == "application/jsonlines"
        if self.active and not self._csv and media_type not in JSON_TYPES:
            raise DataPlaneError(
                f"DataProcessing takes {CSV} or {' or '.join(JSON_TYPES)}, not '{media_type or 'no content type'}'"
            )

    def select_input(self, record: bytes) -> bytes:
        """What the model gets to see of a record."""
        return self._write([self._input.apply(value) for value in self._parse(record)])

    def join(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """The records of one request with the model's answer to them, filtered; one line for each.

        Raises DataPlaneError when the answer has not as many records as the request.
        """
        given = [value for record in records for value in self._parse(record)]
        answered = self._parse(answer) if self._csv or len(given) > 1 else [_json(answer)]
        if len(answered) != len(given):
            raise DataPlaneError(f"the model answered {len(answered)} records to {len(given)}")
        if self._join:
            answered = [self._joined(value, output) for value, output in zip(given, answered, strict=True)]
        return self._write([self._output.apply(value) for value in answered])

    def _joined(self, value: Any, output: Any) -> Any:
        if self._csv:
            return [*value, *output]
        if isinstance(value, Mapping):
            return {**cast(Mapping[str, Any], value), "SageMakerOutput": output}
        return {"SageMakerInput": value, "SageMakerOutput": output}

    def _parse(self, content: bytes) -> list[Any]:
        if self._csv:
            return [row for row in csv.reader(io.StringIO(_text(content), newline=""), strict=True) if row]
        if not self._lines:
            return [_json(content)]
        return [_json(line) for line in content.splitlines() if line.strip()]

    def _write(self, values: Sequence[Any]) -> bytes:
        if self._csv:
            target = io.StringIO()
            rows = [cast(list[Any], value) if isinstance(value, list) else [value] for value in values]
            csv.writer(target, lineterminator="\n").writerows(rows)
            return target.getvalue().removesuffix("\n").encode()
        return "\n".join(json.dumps(value, ensure_ascii=False) for value in values).encode()


def put_together(answers: Sequence[bytes], *, by_line: bool) -> bytes:
    """One object of all answers: with AssembleWith Line each ends its line, otherwise they stand as they came."""
    return b"".join(answer.removesuffix(b"\n") + b"\n" for answer in answers) if by_line else b"".join(answers)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataPlaneError(f"the data is no UTF-8: {error}") from error


def _json(content: bytes) -> Any:
    try:
        return json.loads(_text(content))
    except ValueError as error:
        raise DataPlaneError(f"{content[:60]!r} is no JSON: {error}") from error
