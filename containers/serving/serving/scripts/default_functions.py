"""What a script need not write: reading arrays, predicting, writing arrays."""

import importlib
import io
from pathlib import Path
from typing import Any

import numpy
import orjson

from serving.errors import ModelError, RequestError
from serving.formats.media_types import CSV, JSON, JSON_LINES, NPY, PARQUET, accepted, content_type
from serving.formats.parquet import INSTALLED
from serving.formats.rows import PARSERS, as_matrix, load_json, parse_csv, parse_json_lines

READABLE = (JSON, CSV, JSON_LINES, NPY, *((PARQUET,) if INSTALLED else ()))
WRITABLE = (JSON, CSV, JSON_LINES, NPY)
LIGHTGBM_MODEL = "model.txt"
SAFE_FORMATS = "text of LightGBM, JSON or UBJSON of XGBoost, safetensors, ONNX or skops"
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin")


def model_fn(model_dir: str) -> Any:
    """LightGBM's `model.txt`, whose format runs no code as it is loaded. Raises ModelError for anything else.

    Other formats need a model_fn of the script's own, which is aware of the library and what it trusts; a pickle,
    which runs what its author wished, is named as the reason.
    """
    folder = Path(model_dir)
    if (folder / LIGHTGBM_MODEL).is_file():
        return importlib.import_module("lightgbm").Booster(model_file=str(folder / LIGHTGBM_MODEL))
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    if pickles:
        raise ModelError(
            f"{pickles[0]} is a pickle, which runs code as it is loaded: store the model as {SAFE_FORMATS}, "
            "and write a model_fn(model_dir) that loads it"
        )
    raise ModelError(f"without {LIGHTGBM_MODEL} the script needs a function model_fn(model_dir)")


def input_fn(body: bytes, media_type: str) -> Any:
    """An array of the rows of CSV, JSON Lines, NumPy or Parquet; a JSON document as it is, `instances` unwrapped."""
    kind = content_type(media_type, READABLE)
    if kind == JSON:
        document = load_json(body, "the body")
        if isinstance(document, dict) and "instances" in document:
            document = document["instances"]  # pyright: ignore[reportUnknownVariableType]
        return document  # pyright: ignore[reportUnknownVariableType]
    if kind in (NPY, PARQUET):
        return PARSERS[kind](body)
    rows = parse_csv(body) if kind == CSV else parse_json_lines(body)
    if not len(rows):
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
