"""Statements that change the rows of Iceberg tables, and those that look after their files.

Rows are changed in a copy of the table on DuckDB, which then takes the place of what the table had, in one snapshot.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pyiceberg.table import Table
from sqlglot import exp

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.iceberg.definitions import kind_of_result, partition_field, table_properties
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.catalog import CatalogTable
from emulator.services.athena.writes import WrittenRows, staged
from emulator.services.iceberg.tables import IcebergTables, TooManyPartitions

_SNAPSHOT_SECONDS = 432_000
"""For how long VACUUM keeps snapshots by default."""


def create_table_as(
    session: QuerySession, query: exp.Expr, database: str, name: str, given: Mapping[str, str], *, empty: bool
) -> WrittenRows:
    """Make a table of a query's rows."""
    if given.get("is_external", "true").lower() != "false":
        raise QueryFailed("INVALID_TABLE_PROPERTY: is_external must be false for tables of type ICEBERG")
    if not given.get("location"):
        raise QueryFailed("INVALID_TABLE_PROPERTY: location must be given for tables of type ICEBERG")
    if unknown := sorted(set(given) & {"external_location", "partitioned_by", "bucketed_by", "bucket_count"}):
        raise QueryFailed(f"INVALID_TABLE_PROPERTY: {', '.join(unknown)} is not supported for tables of type ICEBERG")
    if session.objects.starting_with(f"{given['location'].rstrip('/')}/"):
        raise QueryFailed(f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{database}.{name}' already exists")
    columns = staged(session, query, kept=kind_of_result)
    names = [each for each, _ in columns]
    partitions: list[str] = json.loads(given.get("partitioning", "[]"))
    properties = {key: value for key, value in given.items() if key not in ("location", "partitioning")}
    rows = session.execute(f"SELECT * FROM staged{' LIMIT 0' if empty else ''}").to_arrow_table()
    with _few_partitions():
        IcebergTables(session.objects.s3).create(
            database,
            name,
            rows.schema,
            location=given["location"],
            partitions=[partition_field(each, names) for each in partitions],
            properties=table_properties(properties),
            rows=rows,
        )
    return WrittenRows(len(rows), [], [])


def insert(session: QuerySession, query: exp.Expr, table: CatalogTable, named: Sequence[str] | None) -> WrittenRows:
    """Add a query's rows to a table."""
    staged(session, query, into=table, named=named)
    rows = session.execute("SELECT * FROM staged").to_arrow_table()
    tables = IcebergTables(session.objects.s3)
    with tables.to_change(table.database, table.name) as loaded, _few_partitions():
        tables.append(loaded, rows)
    return WrittenRows(len(rows), [], [])


def change(session: QuerySession, tree: exp.Update | exp.Delete | exp.Merge) -> int:
    """UPDATE, DELETE and MERGE INTO; the number of rows that were changed."""
    target = tree.this
    if not isinstance(target, exp.Table):
        raise not_understood(tree.sql("trino"))
    database = str(target.db or session.database).lower()
    table = catalog.table(database, target.name)
    if table is None:
        raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{target.name}' does not exist")
    if not table.iceberg:
        raise QueryFailed("NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables")
    tables = IcebergTables(session.objects.s3)
    with tables.to_change(database, table.name) as loaded, _few_partitions():
        copy, changed = session.changed(tree, target)
        if changed:
            tables.replace(loaded, session.execute(f"SELECT * FROM {copy}").to_arrow_table())
    return changed


def optimize(session: QuerySession, sql: str) -> None:
    """OPTIMIZE … REWRITE DATA USING BIN_PACK: the rows in as few files as their partitions allow."""
    found = re.fullmatch(
        rf"OPTIMIZE\s+{catalog.TABLE_NAME}\s+REWRITE\s+DATA\s+USING\s+BIN_PACK(\s+WHERE\s+.*)?", sql, re.I | re.S
    )
    if not found:
        raise not_understood(sql)
    if found[3]:
        raise QueryFailed("The emulator optimizes whole tables only, hence without WHERE.")
    table = _named(session, found[1], found[2])
    tables = IcebergTables(session.objects.s3)
    with tables.to_change(table.database, table.name) as loaded:
        scan: Any = loaded.scan()
        files = list(scan.plan_files())
        if len(files) > len({str(each.file.partition) for each in files}) or any(each.delete_files for each in files):
            tables.replace(loaded, scan.to_arrow())


def vacuum(session: QuerySession, sql: str) -> None:
    """VACUUM: snapshots that are too old go, and the files that only they had."""
    found = re.fullmatch(rf"VACUUM\s+{catalog.TABLE_NAME}", sql, re.I)
    if not found:
        raise not_understood(sql)
    table = _named(session, found[1], found[2])
    tables = IcebergTables(session.objects.s3)
    with tables.to_change(table.database, table.name) as loaded:
        before = _files(tables, loaded)
        seconds = int(loaded.properties.get("vacuum_max_snapshot_age_seconds", _SNAPSHOT_SECONDS))
        least = int(loaded.properties.get("vacuum_min_snapshots_to_keep", 1))
        snapshots = sorted(loaded.metadata.snapshots, key=lambda each: each.timestamp_ms)
        oldest = time.time() * 1000 - seconds * 1000
        old = [each.snapshot_id for each in snapshots[: max(len(snapshots) - least, 0)] if each.timestamp_ms < oldest]
        if not old:
            return
        loaded.maintenance.expire_snapshots().by_ids(old).commit()
        for each in before - _files(tables, tables.load(table.database, table.name)):
            session.objects.delete(each)


def _named(session: QuerySession, database: str | None, name: str) -> CatalogTable:
    table = catalog.required_table((database or session.database).lower(), name)
    if not table.iceberg:
        raise QueryFailed(f"NOT_SUPPORTED: {table.database}.{table.name} is no Iceberg table")
    return table


def _files(tables: IcebergTables, loaded: Table) -> set[str]:
    """Every file that some snapshot of a table has: lists, manifests, data and deletions."""
    found: set[str] = set()
    for snapshot in loaded.metadata.snapshots:
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(tables.files):
            found.add(manifest.manifest_path)
            entries: Sequence[Any] = manifest.fetch_manifest_entry(tables.files, discard_deleted=True)
            found.update(each.data_file.file_path for each in entries)
    return found


@contextmanager
def _few_partitions() -> Generator[None]:
    try:
        yield
    except TooManyPartitions:
        raise QueryFailed(
            "ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions"
        ) from None
