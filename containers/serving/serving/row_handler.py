"""Models that take rows of numbers and give scores: the media types, the fast path of one row, and the answers."""

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy
import orjson
from numpy.typing import NDArray

from serving.errors import RequestError
from serving.formats.media_types import CSV, JSON, JSON_LINES, NPY, PARQUET, accepted, content_type
from serving.formats.parquet import write_parquet
from serving.formats.rows import PARSERS, Rows, as_list, as_matrix, as_numbers, wrong_width
from serving.handler import Request, Response

READABLE = tuple(PARSERS)
WRITABLE = (CSV, JSON, JSON_LINES, NPY, *((PARQUET,) if PARQUET in PARSERS else ()))
# Above this size a request is worked on in a thread, so that /ping keeps answering meanwhile.
INLINE_BODY_BYTES = 64 * 1024


class RowModel(Protocol):
    """A model of rows of numbers. Both calls may come from several threads at once."""

    @property
    def features(self) -> int:
        """Columns of a row."""
        ...

    @property
    def classes(self) -> Sequence[str | int] | None:
        """What the scores stand for; with two classes there is one score, of the second. None for a regression."""
        ...

    def predict_row(self, row: Sequence[float]) -> Sequence[float]:
        """The scores of one row. Raises TypeError when a value is no number."""
        ...

    def predict(self, rows: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """The scores of many rows, one row of scores for each."""
        ...

    def close(self) -> None:
        """Give back what the model holds beyond Python's own memory."""
        ...


class RowHandler:
    """Answers rows as CSV, JSON, JSON Lines, a NumPy file or, with pyarrow, Parquet with labels and scores."""

    inline_bytes = INLINE_BODY_BYTES

    def __init__(self, model: RowModel) -> None:
        self.model = model

    def answer(self, request: Request) -> Response:
        """Parse, predict, format; raises RequestError with the first thing that is wrong with the rows."""
        parse, media_type = negotiate(request.content_type, request.accept)
        rows = parse(request.body)
        return Response(written(self.scores(rows), self.model.classes, media_type), media_type)

    def scores(self, rows: Rows) -> Sequence[Sequence[float]]:
        """The scores of parsed rows."""
        model = self.model
        if len(rows) == 1:
            row = as_list(rows[0])
            if row and len(row) != model.features:
                raise wrong_width(1, model.features, len(row))
            if row:
                try:
                    return [model.predict_row(row)]
                except TypeError:
                    pass
            return [model.predict_row(as_numbers(rows, model.features)[0])]
        if not len(rows):
            raise RequestError("the request holds no rows")
        return model.predict(as_matrix(rows, model.features)).tolist()

    def close(self) -> None:
        """Close the model."""
        self.model.close()


@lru_cache(maxsize=256)
def negotiate(content_type_header: str, accept_header: str) -> tuple[Callable[[bytes], Rows], str]:
    """How to read the body, and the media type of the answer."""
    media_type = content_type(content_type_header, READABLE)
    # A NumPy file has no place for labels: it is written only for those who ask for it.
    preferred = media_type if media_type in WRITABLE and media_type != NPY else JSON
    return PARSERS[media_type], accepted(accept_header, preferred, WRITABLE)


def written(scores: Sequence[Sequence[float]], classes: Sequence[str | int] | None, media_type: str) -> bytes:
    """The body that says these scores, with the label that they mean where there are classes."""
    if media_type == CSV:
        return _csv(scores, classes)
    if media_type == NPY:
        return write_npy(scores)
    predictions = [_prediction(score, classes) for score in scores]
    if media_type == JSON_LINES:
        return b"".join([orjson.dumps(prediction) + b"\n" for prediction in predictions])
    if media_type == PARQUET:
        return write_parquet(predictions)
    return orjson.dumps({"predictions": predictions})


def write_npy(scores: Sequence[Sequence[float]]) -> bytes:
    """A NumPy file of the scores, a row for each row."""
    file = io.BytesIO()
    numpy.save(file, numpy.array(scores, dtype=numpy.float64), allow_pickle=False)
    return file.getvalue()


def _label(score: Sequence[float], classes: Sequence[str | int]) -> str | int:
    if len(classes) == 2:
        return classes[score[0] >= 0.5]
    return classes[score.index(max(score))]


def _csv(scores: Sequence[Sequence[float]], classes: Sequence[str | int] | None) -> bytes:
    # Almost CSV: the JSON writer is the fastest way to write numbers, but it has none for NaN and the infinities.
    numbers = orjson.dumps(scores)[2:-2]
    if b"n" in numbers:
        numbers = b"],[".join([",".join(map(repr, score)).encode() for score in scores])
    if classes is None:
        return numbers.replace(b"],[", b"\n") + b"\n"
    cells = [_cell(label) for label in classes]
    labelled = zip(scores, numbers.split(b"],["), strict=True)
    if len(cells) == 2:
        lines = [cells[score[0] >= 0.5] + line for score, line in labelled]
    else:
        lines = [cells[score.index(max(score))] + line for score, line in labelled]
    return b"\n".join(lines) + b"\n"


def _prediction(score: Sequence[float], classes: Sequence[str | int] | None) -> dict[str, Any]:
    shown = score[0] if len(score) == 1 else score
    return {"score": shown} if classes is None else {"predicted_label": _label(score, classes), "score": shown}


@lru_cache(maxsize=1024)
def _cell(label: str | int) -> bytes:
    """The label as the first cell of a line."""
    text = str(label)
    quoted = '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text
    return f"{quoted},".encode()
