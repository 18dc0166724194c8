"""Rows of Parquet files, whose columns have types; read by DuckDB, where the image has it."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jobs.errors import JobError

_ROWS_AT_ONCE = 5_000
_TIME = "%Y-%m-%dT%H:%M:%S.%gZ"
INTEGERS = frozenset(
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
) | {"BOOLEAN"}
NUMBERS = frozenset({"FLOAT", "DOUBLE", "DECIMAL"})
TEXTS = frozenset({"VARCHAR", "UUID", "ENUM", "DATE"})


@dataclass(frozen=True)
class ParquetFile:
    """A file, and what is in it."""

    path: Path

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """The type of each column, as DuckDB calls it, without what stands in brackets. Raises JobError."""
        described = self._asked("DESCRIBE SELECT * FROM read_parquet(?)").fetchall()
        return {str(name): str(kind).partition("(")[0] for name, kind, *_ in described}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Its rows: times are texts in ISO 8601 and UTC, and what has no value is None. Raises JobError."""
        if not self.columns:
            return
        wanted = ", ".join(_as_value(name, kind) for name, kind in self.columns.items())
        answer = self._asked(f"SELECT {wanted} FROM read_parquet(?)")
        while part := answer.fetchmany(_ROWS_AT_ONCE):
            for row in part:
                yield dict(zip(self.columns, row, strict=True))

    def _asked(self, query: str) -> Any:
        duckdb = _duckdb()
        try:
            return duckdb.connect().execute(query, [str(self.path)])
        except duckdb.Error as error:
            raise JobError(f"{self.path.name} is no file of Parquet: {str(error).splitlines()[0]}") from error


def parquet_files(folder: Path) -> list[ParquetFile]:
    """The files in a folder and below, without those that engines leave beside them. Raises JobError for none."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._")
    if not found:
        raise JobError(f"{folder.name} holds no file")
    return [ParquetFile(path) for path in found]


def is_time(kind: str) -> bool:
    """Whether a type is one of moments."""
    return kind.startswith("TIMESTAMP")


def _as_value(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind == "TIMESTAMP WITH TIME ZONE":
        # A moment, whatever the zone of the machine.
        return f"strftime(make_timestamp_ms(epoch_ms({quoted})), '{_TIME}')"
    if is_time(kind):
        return f"strftime(CAST({quoted} AS TIMESTAMP), '{_TIME}')"
    return f"CAST({quoted} AS VARCHAR)" if kind in TEXTS else quoted


def _duckdb() -> Any:
    try:
        return importlib.import_module("duckdb")
    except ImportError:
        raise JobError("this image reads no Parquet: DuckDB is not among its packages") from None
