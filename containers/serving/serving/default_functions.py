"""What a script need not write: reading arrays, predicting, writing arrays."""

import io
from typing import Any

import numpy
import orjson

from serving.errors import RequestError
from serving.media_types import CSV, JSON, JSON_LINES, NPY, accepted, content_type
from serving.rows import as_matrix, load_json, parse_csv, parse_json_lines, parse_npy

READABLE = (JSON, CSV, JSON_LINES, NPY)
WRITABLE = (JSON, CSV, JSON_LINES, NPY)


def input_fn(body: bytes, media_type: str) -> Any:
    """An array of the rows of CSV, JSON Lines or a NumPy file; any JSON document as it is, `instances` unwrapped."""
    kind = content_type(media_type, READABLE)
    if kind == JSON:
        document = load_json(body, "the body")
        if isinstance(document, dict) and "instances" in document:
            document = document["instances"]  # pyright: ignore[reportUnknownVariableType]
        return document  # pyright: ignore[reportUnknownVariableType]
    if kind == NPY:
        return parse_npy(body)
    rows = parse_csv(body) if kind == CSV else parse_json_lines(body)
    if not rows:
        raise RequestError("the request holds no rows")
    return as_matrix(rows, len(rows[0]))


def predict_fn(data: Any, model: Any) -> Any:
    """`model.predict(data)`, or `model(data)` when it has no such method."""
    return model.predict(data) if hasattr(model, "predict") else model(data)


def output_fn(prediction: Any, accept: str) -> tuple[bytes, str]:
    """The prediction in the media type that the client wishes for, JSON when any will do."""
    media_type = accepted(accept, JSON, WRITABLE)
    if media_type == JSON:
        return _dumps(prediction), media_type
    array = numpy.asarray(prediction)
    if media_type == NPY:
        file = io.BytesIO()
        numpy.save(file, array, allow_pickle=False)
        return file.getvalue(), media_type
    rows = array.reshape(len(array), -1).tolist() if array.ndim else [[array.item()]]
    if media_type == CSV:
        return "".join(",".join(map(str, row)) + "\n" for row in rows).encode(), media_type
    return b"".join(orjson.dumps(row) + b"\n" for row in rows), media_type


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_listed, option=orjson.OPT_SERIALIZE_NUMPY)


def _listed(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"output_fn cannot write {type(value).__name__}")
