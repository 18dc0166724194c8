"""Tables as relations of DuckDB, over the objects of the partitions that a query reads."""

from __future__ import annotations

import bz2
import gzip
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables import column_types, text_formats
from emulator.services.athena.tables.catalog import CatalogTable, TableColumn, TablePartition
from emulator.services.athena.tables.objects import Object, QueryObjects

_OPENED: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}


@dataclass(frozen=True)
class File:
    """An object of a table, and the number of its partition."""

    object: Object
    partition: int


class TableFiles:
    """The objects of one table that a query reads.

    Args:
        objects: Of the query.
        table: The table.
        partitions: Those that are read; one without values when it has no keys.
    """

    def __init__(self, objects: QueryObjects, table: CatalogTable, partitions: Sequence[TablePartition]) -> None:
        self.table = table
        self.partitions = partitions
        self.objects = objects
        found = objects.of_each([partition.storage.location for partition in partitions])
        self.files = [File(each, number) for number, listed in enumerate(found) for each in listed]

    @property
    def columnar(self) -> bool:
        """Whether a query reads single columns of the files."""
        return "parquet" in self.table.storage.library.lower()

    def copied(self) -> list[Path]:
        """The objects as local files, in their order."""
        return [self.objects.copy(file.object.uri) for file in self.files]


def scanned(connection: Any, files: TableFiles, paths: Sequence[Path], columns: set[str] | None) -> int:
    """The bytes that Athena bills: of Parquet those of the columns that a query names (all for None), else all."""
    if not files.columnar or not paths:
        return sum(file.object.size for file in files.files)
    rows = connection.execute(
        "SELECT lower(split_part(path_in_schema, ', ', 1)), sum(total_compressed_size)"
        " FROM parquet_metadata(?) GROUP BY 1",
        [[str(path) for path in paths]],
    ).fetchall()
    return int(sum(size for name, size in rows if columns is None or name in columns))


def create_view(connection: Any, name: str, files: TableFiles, paths: Sequence[Path], *, with_path: bool) -> None:
    """Let DuckDB know a table as a temporary view, with all the columns that the catalog says it has.

    Args:
        connection: DuckDB's.
        name: Name of the view, quoted.
        files: The table's objects.
        paths: Their local copies.
        with_path: Whether the view has the hidden column `$path` too.
    """
    table = files.table
    keys = [f"{_cast(_quoted(f'key_{number}'), key)} AS {_quoted(key.name)}" for number, key in enumerate(table.keys)]
    hidden = ['uri AS "$path"'] if with_path else []
    if not paths:
        columns = [
            f"CAST(NULL AS {column_types.of_glue(each.kind)}) AS {_quoted(each.name)}" for each in table.columns
        ]
        empty = [f"CAST(NULL AS {column_types.of_glue(each.kind)}) AS {_quoted(each.name)}" for each in table.keys]
        more = ['NULL AS "$path"'] if with_path else []
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {', '.join([*columns, *empty, *more])} WHERE false")
        return
    listed = _quoted(f"files of {name}".replace('"', ""))
    definitions = "".join(f", key_{number} VARCHAR" for number in range(len(table.keys)))
    connection.execute(f"CREATE TEMP TABLE {listed} (path VARCHAR, uri VARCHAR{definitions})")
    connection.executemany(
        f"INSERT INTO {listed} VALUES (?, ?{', ?' * len(table.keys)})",
        [
            [str(path), file.object.uri, *files.partitions[file.partition].values]
            for path, file in zip(paths, files.files, strict=True)
        ],
    )
    source, columns = _parquet(connection, table, paths) if files.columnar else _text(files, paths)
    connection.execute(
        f"CREATE TEMP VIEW {name} AS SELECT {', '.join([*columns, *keys, *hidden])}"
        f" FROM {source} AS rows_read JOIN {listed} AS listed ON rows_read.filename = listed.path"
    )


def _parquet(connection: Any, table: CatalogTable, paths: Sequence[Path]) -> tuple[str, list[str]]:
    source = f"read_parquet([{_list(paths)}], union_by_name := true, filename := true, hive_partitioning := false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except Exception as error:
        raise QueryFailed(
            f"HIVE_BAD_DATA: {table.storage.location} holds what is no Parquet file: {error}"
        ) from error
    found = {str(name).lower(): (str(name), str(kind)) for name, kind, *_ in described}
    columns: list[str] = []
    for column in table.columns:
        declared = column_types.of_glue(column.kind)
        if column.name not in found:
            columns.append(f"CAST(NULL AS {declared}) AS {_quoted(column.name)}")
            continue
        name, kind = found[column.name]
        if not column_types.readable(kind, declared):
            raise QueryFailed(
                f"HIVE_BAD_DATA: Field {column.name}'s type {kind} in parquet file is incompatible with type"
                f" {column.kind} defined in table schema"
            )
        columns.append(f"CAST(rows_read.{_quoted(name)} AS {declared}) AS {_quoted(column.name)}")
    return source, columns


def _text(files: TableFiles, paths: Sequence[Path]) -> tuple[str, list[str]]:
    table, library = files.table, files.table.storage.library or text_formats.LAZY
    if library not in text_formats.READERS:
        raise QueryFailed(f"The emulator reads no files of {library}: only Parquet, CSV, delimited text and JSON.")
    read = text_formats.READERS[library]
    with tempfile.NamedTemporaryFile("w", dir=paths[0].parent, suffix=".rows", delete=False, newline="") as target:
        for path, file in zip(paths, files.files, strict=True):
            opened = _OPENED.get(Path(file.object.uri).suffix)
            content = path.read_bytes()
            text = (opened(content) if opened else content).decode("utf-8-sig", errors="replace")
            of = files.partitions[file.partition].storage
            settings = {**table.parameters, **table.storage.settings, **of.settings}
            target.writelines(text_formats.normal_lines(read(text, table.columns, settings), str(path)))
    names = ", ".join(f"'column_{number}': 'VARCHAR'" for number in range(len(table.columns)))
    source = (
        f"read_csv('{_escaped(target.name)}', header := false, delim := ',', quote := '\"', escape := '\"',"
        f" allow_quoted_nulls := false, nullstr := '', auto_detect := false, parallel := false,"
        f" max_line_size := 20000000, columns := {{{names}{', ' if names else ''}'filename': 'VARCHAR'}})"
    )
    return source, [
        f"{_text_cast(f'column_{number}', column, library)} AS {_quoted(column.name)}"
        for number, column in enumerate(table.columns)
    ]


def _text_cast(name: str, column: TableColumn, library: str) -> str:
    kind = column_types.of_glue(column.kind)
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(CAST({name} AS JSON) AS {kind})"
    if library == text_formats.LAZY:
        return f"TRY_CAST({name} AS {kind})" if kind not in ("VARCHAR", "BLOB") else _cast(name, column)
    if library == text_formats.OPEN_CSV and kind == "DATE":
        return f"DATE '1970-01-01' + CAST({name} AS INTEGER)"
    if library == text_formats.OPEN_CSV and kind == "TIMESTAMP":
        return f"epoch_ms(CAST({name} AS BIGINT))"
    return _cast(name, column)


def _cast(name: str, column: TableColumn) -> str:
    kind = column_types.of_glue(column.kind)
    return name if kind == "VARCHAR" else f"encode({name})" if kind == "BLOB" else f"CAST({name} AS {kind})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _list(paths: Sequence[Path]) -> str:
    return ", ".join(f"'{_escaped(str(path))}'" for path in paths)
