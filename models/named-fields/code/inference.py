"""Records with named fields become the CSV rows that a model was trained on: the first container of a pipeline."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

SAMPLE_REQUEST = (b'{"instances": [{}]}', "application/json")


def model_fn(model_dir: str) -> Sequence[str]:
    """The names of the fields in the order of the trained columns, from ``fields.json``."""
    return json.loads((Path(model_dir) / "fields.json").read_text(encoding="utf-8"))


def input_fn(body: bytes, content_type: str) -> Sequence[Mapping[str, Any]]:
    """The records of ``{"instances": [{…}, …]}``. A ValueError says what a caller has to change."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise ValueError(f"records come as application/json, got: {content_type or 'no content type'}")
    document: Any = json.loads(body)
    instances: Any = cast("dict[str, Any]", document).get("instances") if isinstance(document, dict) else None
    records = cast("list[Any]", instances) if isinstance(instances, list) else []
    if not records or not all(isinstance(record, dict) for record in records):
        raise ValueError('the body must be {"instances": [{"name": value, …}, …]} with at least one record')
    return records


def predict_fn(records: Sequence[Mapping[str, Any]], fields: Sequence[str]) -> str:
    """One line for each record: known fields in their order, missing ones empty."""
    lines: list[str] = []
    for number, record in enumerate(records):
        unknown = sorted(set(record) - set(fields))
        if unknown:
            _refuse(f"instances[{number}] has unknown fields: {', '.join(unknown[:5])}")
        lines.append(",".join(_text(number, field, record.get(field)) for field in fields))
    return "\n".join(lines)


def output_fn(prediction: str, accept: str) -> tuple[str, str]:
    """CSV whatever the caller accepts: the next container is who reads it."""
    del accept
    return prediction, "text/csv"


def _text(number: int, field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(f"instances[{number}] has no number in {field}")
    return repr(value)


def _refuse(reason: str) -> None:
    from serving.errors import RequestError

    raise RequestError(reason)
