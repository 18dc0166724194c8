"""Parquet in and out, in images that have pyarrow: 170 MB, too much to bring along for those that need it not."""

import importlib
import importlib.util
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy
from numpy.typing import NDArray

from serving.errors import RequestError

INSTALLED = importlib.util.find_spec("pyarrow") is not None
# What a transform job's 100 MB hold as CSV at most: a small compressed file must not become a large matrix.
MOST_CELLS = 50 * 1024**2


def parse_parquet(body: bytes) -> NDArray[numpy.float64]:
    """The rows of a file whose columns are numbers, in the model's order; null is a missing value, NaN."""
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(arrow.BufferReader(body))
        for column in file.schema_arrow:
            if not _is_number(column.type, arrow.types):
                raise RequestError(f"column '{column.name}' of the Parquet file holds {column.type}, not numbers")
        if file.metadata.num_rows * file.metadata.num_columns > MOST_CELLS:
            raise RequestError(f"the Parquet file holds more than {MOST_CELLS} values", 413)
        table = file.read(use_threads=False)
    except (arrow.ArrowException, OSError) as error:
        raise RequestError(f"the body is not a Parquet file: {str(error).partition(chr(10))[0]}") from None
    rows = numpy.empty((table.num_rows, table.num_columns), dtype=numpy.float64)
    for index, column in enumerate(table.columns):
        rows[:, index] = column.cast(arrow.float64(), safe=False).to_numpy()
    return rows


def write_parquet(records: Sequence[Mapping[str, Any]]) -> bytes:
    """A file with a row for each record, and a column for each name that any of them has."""
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    names = dict.fromkeys(name for record in records for name in record)
    file = io.BytesIO()
    parquet.write_table(arrow.table({name: [record.get(name) for record in records] for name in names}), file)
    return file.getvalue()


def _is_number(kind: Any, types: Any) -> bool:
    checks = (types.is_integer, types.is_floating, types.is_boolean, types.is_null)
    return any(check(kind) for check in checks)
