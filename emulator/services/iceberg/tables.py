"""Iceberg tables in the Glue Data Catalog: made, loaded, changed one change at a time."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import duckdb
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.io import FileIO
from pyiceberg.table import CreateTableTransaction, Table
from pyiceberg.transforms import parse_transform
from pyiceberg.typedef import EMPTY_DICT, Properties

from emulator.ministack import in_process
from emulator.services.athena.tables.objects import ObjectClient
from emulator.services.iceberg.files import ObjectFiles
from emulator.shapes.errors import ServiceError

MOST_PARTITIONS = 100
"""How many partitions a statement writes at most."""

# Nothing in it that concerns Arrow is typed.
_ARROW: Any = importlib.import_module("pyiceberg.io.pyarrow")
# Queries and flushes of this process are all that write, so that no commit has to be tried again.
_committing = threading.RLock()


class TooManyPartitions(Exception):  # noqa: N818
    """Rows belong to more partitions than are written at once."""


@dataclass(frozen=True)
class PartitionField:
    """How a column partitions a table.

    Args:
        column: Its name.
        transform: As Iceberg writes it: `identity`, `day`, `bucket[16]`, `truncate[10]`.
    """

    column: str
    transform: str

    @property
    def name(self) -> str:
        """Its name in the table's specification, as Iceberg's Java library chooses it."""
        kind = self.transform.partition("[")[0]
        return self.column if kind == "identity" else f"{self.column}_{'trunc' if kind == 'truncate' else kind}"


class IcebergTables:
    """The tables of the account and region of the call.

    Args:
        s3: A client.
    """

    def __init__(self, s3: ObjectClient) -> None:
        self.files = ObjectFiles(s3)
        self._catalog = _Catalog(self.files)

    def exists(self, database: str, name: str) -> bool:
        """Whether there is such a table."""
        return self._catalog.table_exists((database, name))

    def load(self, database: str, name: str) -> Table:
        """A table as it is now."""
        return self._catalog.load_table((database, name))

    @contextmanager
    def to_change(self, database: str, name: str) -> Generator[Table]:
        """A table that nothing else changes meanwhile."""
        with _committing:
            yield self.load(database, name)

    def create(
        self,
        database: str,
        name: str,
        columns: Any,
        *,
        location: str,
        partitions: Sequence[PartitionField] = (),
        properties: Mapping[str, str] = EMPTY_DICT,
        rows: Any = None,
    ) -> Table:
        """Make a table, with its first rows if there are any.

        Args:
            database: Of the table.
            name: Of the table.
            columns: Arrow's schema.
            location: Its folder in S3.
            partitions: What it is partitioned by.
            properties: Of Iceberg.
            rows: A table of Arrow's.

        Raises:
            TooManyPartitions: The rows belong to more than are written at once.
        """
        given = {"write.parquet.compression-codec": "zstd", **properties}
        with _committing:
            catalog: Any = self._catalog
            making: CreateTableTransaction = catalog.create_table_transaction(
                (database, name), columns, location=location.rstrip("/"), properties=given
            )
            with making as transaction:
                if partitions:
                    with transaction.update_spec() as update:
                        for each in partitions:
                            update.add_field(each.column, parse_transform(each.transform), each.name)
                if rows is not None and len(rows):
                    self._replace(transaction, (), rows)
            return self.load(database, name)

    def append(self, table: Table, rows: Any) -> int:
        """Add rows to a table; the number of files that were written."""
        if not len(rows):
            return 0
        with table.transaction() as transaction:
            return self._replace(transaction, (), rows)

    def replace(self, table: Table, rows: Any) -> int:
        """Put rows in the place of all that a table has, in one snapshot; the number of files that were written."""
        with table.transaction() as transaction:
            return self._replace(transaction, [each.file for each in table.scan().plan_files()], rows)

    def _replace(self, transaction: Any, before: Sequence[Any], rows: Any) -> int:
        snapshot = transaction.update_snapshot()
        with snapshot.overwrite() if before else snapshot.fast_append() as changes:
            new = list(
                _ARROW._dataframe_to_data_files(
                    table_metadata=transaction.table_metadata,
                    write_uuid=changes.commit_uuid,
                    df=_fitting(transaction.table_metadata.schema(), rows),
                    io=self.files,
                )
            )
            if len({str(each.partition) for each in new}) > MOST_PARTITIONS:
                for each in new:
                    self.files.delete(each.file_path)
                raise TooManyPartitions
            for each in before:
                changes.delete_data_file(each)
            for each in new:
                changes.append_data_file(each)
        return len(new)


def arrow_schema(columns: Mapping[str, str]) -> Any:
    """Arrow's schema of columns by their names and DuckDB's types."""
    empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items())
    rows: Any = duckdb.sql(f"SELECT {empty} LIMIT 0")
    return rows.to_arrow_table().schema


def _fitting(schema: Any, rows: Any) -> Any:
    """Rows in the columns of a table, in their order."""
    wanted = _ARROW.schema_to_pyarrow(schema, include_field_ids=False)
    return rows.select(wanted.names).cast(wanted)


class _Catalog(GlueCatalog):
    """Glue of this process, and files that the emulator reads and writes."""

    def __init__(self, files: ObjectFiles) -> None:
        super().__init__("glue", client=_glue())  # pyright: ignore[reportUnknownMemberType]
        self._files = files

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:  # noqa: ARG002
        return self._files


def _glue() -> Any:
    return _Glue()


class _Refusals:
    """Errors of Glue, as a client has them."""

    class AlreadyExistsException(Exception):  # noqa: N818
        """It exists."""

    class EntityNotFoundException(Exception):  # noqa: N818
        """It does not exist."""

    class ConcurrentModificationException(Exception):  # noqa: N818
        """It was changed meanwhile."""

    class InvalidInputException(Exception):  # noqa: N818
        """It is not valid."""


class _Glue:
    """Glue's operations by boto3's names, in the account and region of the thread that calls them."""

    exceptions: ClassVar = _Refusals
    _operations: ClassVar[Mapping[str, str]] = {
        "get_database": "GetDatabase",
        "get_table": "GetTable",
        "create_table": "CreateTable",
        "update_table": "UpdateTable",
        "delete_table": "DeleteTable",
    }

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = self._operations[name]

        def call(**request: Any) -> dict[str, Any]:
            try:
                answer = in_process.call("glue", operation, request)
            except ServiceError as error:
                kind: type[Exception] | None = getattr(_Refusals, error.code, None)
                if kind is None:
                    raise
                raise kind(error.message) from error
            if operation == "GetTable":
                # Glue always has one; the catalog commits only on top of the version that it has read.
                answer["Table"].setdefault("VersionId", "0")
            return answer

        return call
