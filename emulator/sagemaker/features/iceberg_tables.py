"""Offline stores with the table format Iceberg: a table, and files that are added to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.ministack import hooks
from emulator.sagemaker.features.catalog import DATABASE, create_database
from emulator.sagemaker.features.record_store import StoreTable
from emulator.services.athena.tables.objects import ObjectClient
from emulator.services.iceberg.tables import IcebergTables, PartitionField, arrow_schema

_DAY = 10
"""So many letters of an event time are its day."""


class OfflineTables:
    """The tables of offline stores.

    Args:
        s3: Where their files are.
    """

    def __init__(self, s3: ObjectClient) -> None:
        self._tables = IcebergTables(s3)

    def keep(self, table: StoreTable, columns: Mapping[str, str]) -> None:
        """Make a table if it is missing, and give it the columns that it lacks.

        Args:
            table: The table.
            columns: DuckDB's types by the names of all columns.
        """
        with hooks.in_scope(table.account, table.region):
            create_database()
            schema = arrow_schema({name.lower(): kind for name, kind in columns.items()})
            if not self._tables.exists(DATABASE, table.name):
                self._tables.create(
                    DATABASE,
                    table.name,
                    schema,
                    location=table.folder.removesuffix("/data"),
                    partitions=[PartitionField(table.event_time.lower(), f"truncate[{_DAY}]")],
                )
                return
            with self._tables.to_change(DATABASE, table.name) as loaded:
                growing: Any = loaded
                known = {each.name for each in loaded.schema().fields}
                if set(schema.names) - known:
                    with growing.update_schema() as update:
                        update.union_by_name(schema)

    def add(self, table: StoreTable, files: Sequence[str]) -> None:
        """Add files to a table; those that it has already are left alone."""
        with (
            hooks.in_scope(table.account, table.region),
            self._tables.to_change(DATABASE, table.name) as loaded,
        ):
            known = {each.file.file_path for each in loaded.scan().plan_files()}
            new = [each for each in files if each not in known]
            if new:
                loaded.add_files(new, check_duplicate_files=False)
