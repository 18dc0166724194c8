"""Iceberg tables as views of DuckDB: the newest snapshot or an earlier one, and the tables of their metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables.catalog import CatalogTable
from emulator.services.athena.tables.objects import QueryObjects
from emulator.services.iceberg.tables import IcebergTables

_INSPECTED: Mapping[str, Mapping[str, str]] = {
    "history": {"made_current_at": "made_current_at::TIMESTAMPTZ", "snapshot_id": "", "parent_id": "",
                "is_current_ancestor": ""},
    "snapshots": {"committed_at": "committed_at::TIMESTAMPTZ", "snapshot_id": "", "parent_id": "", "operation": "",
                  "manifest_list": "", "summary": ""},
    "files": {"content": "", "file_path": "", "file_format": "", "record_count": "", "file_size_in_bytes": ""},
    "manifests": {"path": "", "length": "", "partition_spec_id": "", "added_snapshot_id": "",
                  "added_data_files_count": "", "existing_data_files_count": "", "deleted_data_files_count": ""},
    "partitions": {"partition": "", "record_count": "", "file_count": "file_count::BIGINT",
                   "total_size": "total_data_file_size_in_bytes"},
    "refs": {"name": "", "type": "type::VARCHAR", "snapshot_id": "", "max_reference_age_in_ms": "",
             "min_snapshots_to_keep": "", "max_snapshot_age_in_ms": ""},
}  # fmt: skip
"""The tables of metadata: which of their columns Athena shows, and where PyIceberg has another name or type."""


@dataclass(frozen=True)
class EarlierState:
    """Which state of a table a query asks for: milliseconds since the epoch, or a snapshot by id, tag or branch."""

    milliseconds: int | None = None
    version: str = ""


def read_table(
    connection: Any,
    objects: QueryObjects,
    view: str,
    table: CatalogTable,
    earlier: EarlierState | None,
    read: set[str] | None,
    count: Callable[[int], None],
) -> None:
    """Let DuckDB know a table as a view.

    Args:
        connection: DuckDB's.
        objects: Of the query.
        view: Name of the view.
        table: The table.
        earlier: The state that is asked for; None for the newest.
        read: The names that the query has, None for all.
        count: Called with the bytes that are scanned, before they are.
    """
    loaded = IcebergTables(objects.s3).load(table.database, table.name)
    # The newest rows have the columns that the table has by now, earlier ones those of their time.
    snapshot = _snapshot(loaded, table, earlier).snapshot_id if earlier else None
    schema = loaded.scan(snapshot_id=snapshot).projection()
    wanted = [each for each in schema.fields if read is None or each.name.lower() in read] or schema.fields[:1]
    scan: Any = loaded.scan(selected_fields=tuple(each.name for each in wanted), snapshot_id=snapshot)
    scanned = 0
    for task in scan.plan_files():
        sizes: Mapping[int, int] = task.file.column_sizes or {}
        ids: Sequence[int] = [each for field in wanted for each in _ids(field)]
        scanned += sum(sizes.get(each, 0) for each in ids) if sizes else task.file.file_size_in_bytes
        scanned += sum(each.file_size_in_bytes for each in task.delete_files)
    count(scanned)
    connection.register(view, scan.to_arrow())


def read_metadata(connection: Any, objects: QueryObjects, view: str, table: CatalogTable, hidden: str) -> None:
    """Let DuckDB know a table of a table's metadata as a view; raises QueryFailed when there is none."""
    if hidden not in _INSPECTED:
        raise QueryFailed(
            f"The emulator has no {table.name}${hidden}: of a table's metadata, only"
            f" {', '.join(f'${each}' for each in _INSPECTED)}."
        )
    loaded = IcebergTables(objects.s3).load(table.database, table.name)
    rows: Any = getattr(loaded.inspect, hidden)() if loaded.metadata.snapshots else None
    columns = {name: form or name for name, form in _INSPECTED[hidden].items()}
    if rows is None:
        empty = ", ".join(f"NULL AS {name}" for name in columns)
        connection.execute(f"CREATE TEMP VIEW {view} AS SELECT {empty} WHERE false")
        return
    connection.register(f"{view}_of", rows)
    # A table without partitions has no column for them.
    shown = [
        f"{form} AS {name}" for name, form in columns.items() if name != "partition" or name in rows.column_names
    ]
    connection.execute(f"CREATE TEMP VIEW {view} AS SELECT {', '.join(shown)} FROM {view}_of")


def _ids(field: Any) -> list[int]:
    """The ids of a column and of all that is nested in it; files count the bytes of each."""
    nested: Sequence[Any] = getattr(field.field_type, "fields", ())
    return [field.field_id, *(each for inner in nested for each in _ids(inner))]


def _snapshot(loaded: Table, table: CatalogTable, earlier: EarlierState) -> Snapshot:
    if earlier.milliseconds is not None:
        found = loaded.snapshot_as_of_timestamp(earlier.milliseconds)
        if found is None:
            raise QueryFailed(
                f'INVALID_ARGUMENTS: No version history table "{table.database}"."{table.name}" at or before the'
                " given timestamp"
            )
        return found
    if earlier.version.lstrip("-").isdecimal():
        found = loaded.snapshot_by_id(int(earlier.version))
        if found is None:
            raise QueryFailed(f"INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: {earlier.version}")
        return found
    found = loaded.snapshot_by_name(earlier.version)
    if found is None:
        raise QueryFailed(f"INVALID_ARGUMENTS: Cannot find snapshot with reference name: {earlier.version}")
    return found
