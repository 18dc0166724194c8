"""Statements that make and change definitions of Iceberg tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyiceberg.exceptions import ResolveError, ValidationError

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.language.columns import columns_of
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import column_types
from emulator.services.athena.tables.catalog import CatalogTable, TableColumn
from emulator.services.iceberg.tables import IcebergTables, PartitionField, arrow_schema

_PREDEFINED = frozenset(
    (
        "optimize_rewrite_data_file_threshold",
        "optimize_rewrite_delete_file_threshold",
        "vacuum_max_snapshot_age_seconds",
        "vacuum_max_metadata_files_to_keep",
        "vacuum_min_snapshots_to_keep",
        "use_iceberg_statistics",
    )
)
_PRIMITIVE = {"bigint": "long"}
_WIDER = (("int", "long"), ("float", "double"))
_CODECS = ("zstd", "gzip", "snappy", "none")
_TRANSFORM = re.compile(r"(year|month|day|hour|bucket|truncate)\s*\((.*)\)", re.I | re.S)


def create(
    session: QuerySession,
    database: str,
    name: str,
    columns: Sequence[TableColumn],
    *,
    location: str,
    partitions: Sequence[str],
    properties: Mapping[str, str],
) -> None:
    """Make a table without rows; ``partitions`` are written as in the statement."""
    if not location:
        raise QueryFailed("FAILED: SemanticException table location must be set with LOCATION")
    IcebergTables(session.objects.s3).create(
        database,
        name,
        _arrow(columns),
        location=location,
        partitions=[partition_field(each, [column.name for column in columns]) for each in partitions],
        properties=table_properties(properties),
    )


def kind_of_result(kind: str) -> str:
    """DuckDB's type in which a column of a result is kept; raises QueryFailed for one that no Iceberg table has."""
    if kind in ("TINYINT", "SMALLINT"):
        raise QueryFailed(f"NOT_SUPPORTED: Type not supported for Iceberg: {kind.lower()}")
    return kind if kind == "TIMESTAMP WITH TIME ZONE" else column_types.stored(kind)


def alter(session: QuerySession, table: CatalogTable, words: str) -> None:
    """ALTER TABLE: columns added, dropped and changed, properties set and unset."""
    with IcebergTables(session.objects.s3).to_change(table.database, table.name) as loaded:
        if found := re.fullmatch(r"ADD\s+COLUMNS\s*\((.*)\)", words, re.I | re.S):
            _add(loaded, table, columns_of(found[1]))
        elif found := re.fullmatch(r"DROP\s+COLUMN\s+[`\"]?(\w+)[`\"]?", words, re.I):
            _must_have(table, found[1])
            with loaded.update_schema() as update:
                update.delete_column(found[1].lower())
        elif found := re.fullmatch(r"CHANGE\s+(?:COLUMN\s+)?[`\"]?(\w+)[`\"]?\s+(.+)", words, re.I | re.S):
            _must_have(table, found[1])
            [column] = columns_of(found[2])
            _change(loaded, found[1].lower(), column)
        elif found := re.fullmatch(r"SET\s+TBLPROPERTIES\s*\((.*)\)", words, re.I | re.S):
            pairs = dict(re.findall(r"['\"]([^'\"]*)['\"]\s*=\s*['\"]([^'\"]*)['\"]", found[1]))
            with loaded.transaction() as transaction:
                transaction.set_properties(table_properties(pairs))
        elif found := re.fullmatch(r"UNSET\s+TBLPROPERTIES\s*\((.*)\)", words, re.I | re.S):
            names: list[str] = re.findall(r"['\"]([^'\"]*)['\"]", found[1])
            if unknown := sorted(set(names) - _PREDEFINED):
                raise QueryFailed(f"FAILED: SemanticException Unsupported table property key: {', '.join(unknown)}")
            with loaded.transaction() as transaction:
                transaction.remove_properties(*(each for each in names if each in loaded.properties))
        else:
            raise not_understood(f"ALTER TABLE {table.name} {words}")


def delete_files(session: QuerySession, table: CatalogTable) -> None:
    """Delete the files of a table, which go with it."""
    for each in session.objects.starting_with(f"{table.storage.location.rstrip('/')}/"):
        session.objects.delete(each.uri)


def partitions_of(session: QuerySession, table: CatalogTable) -> Iterator[tuple[str, str, str]]:
    """How a table is partitioned: name, transform and column of each field."""
    loaded: Any = IcebergTables(session.objects.s3).load(table.database, table.name)
    for field in loaded.spec().fields:
        yield field.name, str(field.transform), str(loaded.schema().find_column_name(field.source_id))


def statement_of(session: QuerySession, table: CatalogTable) -> Iterator[str]:
    """The statement that makes a table like this one, line by line."""
    loaded = IcebergTables(session.objects.s3).load(table.database, table.name)
    yield f"CREATE TABLE {table.database}.{table.name} ("
    rows = [f"  {each.name} {each.kind}{_comment(each)}" for each in table.columns]
    yield from (f"{row}{',' if place < len(rows) else ')'}" for place, row in enumerate(rows, 1))
    if fields := list(partitions_of(session, table)):
        yield f"PARTITIONED BY ({', '.join(_written(transform, column) for _, transform, column in fields)})"
    yield f"LOCATION '{loaded.location()}'"
    kept = {key: value for key, value in loaded.properties.items() if key in _PREDEFINED}
    codec = loaded.properties.get("write.parquet.compression-codec", "zstd").replace("uncompressed", "none")
    shown = {"table_type": "iceberg", "format": "parquet", "write_compression": codec, **kept}
    yield "TBLPROPERTIES ("
    rows = [f"  '{key}'='{value}'" for key, value in shown.items()]
    yield from (f"{row}{',' if place < len(rows) else ')'}" for place, row in enumerate(rows, 1))


def _comment(column: TableColumn) -> str:
    return f" COMMENT '{column.comment}'" if column.comment else ""


def _written(transform: str, column: str) -> str:
    kind, _, number = transform.rstrip("]").partition("[")
    return column if kind == "identity" else f"{kind}({f'{number}, ' if number else ''}{column})"


def _add(loaded: Any, table: CatalogTable, columns: Sequence[TableColumn]) -> None:
    known = {each.name for each in table.columns}
    if twice := sorted(each.name for each in columns if each.name in known):
        raise QueryFailed(f"FAILED: SemanticException: Duplicate column name: {', '.join(twice)}")
    with loaded.update_schema() as update:
        update.union_by_name(_arrow(columns))


def _change(loaded: Any, name: str, column: TableColumn) -> None:
    before = str(loaded.schema().find_field(name).field_type)
    after = _PRIMITIVE.get(column.kind, column.kind.replace(",", ", "))
    if after != before and (before, after) not in _WIDER and not _wider_decimal(before, after):
        raise QueryFailed(
            f"FAILED: SemanticException: Cannot change column type: {name}: {before} -> {after}. Only int to bigint,"
            " float to double and decimals to a higher precision can change."
        )
    try:
        with loaded.update_schema() as update:
            update.union_by_name(_arrow([replace(column, name=name)]))
            if column.comment:
                update.update_column(name, doc=column.comment)
            if column.name != name:
                update.rename_column(name, column.name)
    except (ValidationError, ResolveError) as error:
        raise QueryFailed(f"FAILED: SemanticException: Cannot change the column {name}: {error}") from error


def _wider_decimal(before: str, after: str) -> bool:
    old, new = (re.fullmatch(r"decimal\((\d+), (\d+)\)", each) for each in (before, after))
    return bool(old and new and old[2] == new[2] and int(old[1]) <= int(new[1]))


def _must_have(table: CatalogTable, name: str) -> None:
    if name.lower() not in {each.name for each in table.columns}:
        raise QueryFailed(f"FAILED: SemanticException: Column {name} does not exist in {table.database}.{table.name}")


def _arrow(columns: Sequence[TableColumn]) -> Any:
    """Arrow's schema of columns; raises QueryFailed for types that no Iceberg table has."""
    for each in columns:
        if found := re.search(r"\b(tinyint|smallint|char|varchar)\b", each.kind):
            raise QueryFailed(
                f"FAILED: SemanticException: {found[1]} is not supported for Iceberg tables: {each.name}"
            )
    schema = arrow_schema({each.name: column_types.of_glue(each.kind) for each in columns})
    for place, each in enumerate(columns):
        if each.comment:
            schema = schema.set(place, schema.field(place).with_metadata({"doc": each.comment}))
    return schema


def partition_field(written: str, columns: Sequence[str]) -> PartitionField:
    """A field as a statement writes it: `day(moment)`, `bucket(16, id)` or, in CTAS, `bucket(id, 16)`."""
    found = _TRANSFORM.fullmatch(written.strip())
    if not found:
        column, transform = written, "identity"
    else:
        given = [each.strip() for each in found[2].split(",")]
        numbers = [each for each in given if each.isdecimal()]
        [column] = [each for each in given if not each.isdecimal()] or [""]
        transform = f"{found[1].lower()}[{numbers[0]}]" if numbers else found[1].lower()
        if bool(numbers) != (found[1].lower() in ("bucket", "truncate")) or len(given) > 2:
            raise QueryFailed(f"FAILED: SemanticException: Unsupported partition transform: {written}")
    column = column.strip(' `"').lower()
    if column not in columns:
        raise QueryFailed(f"FAILED: SemanticException: Cannot find the column of the partition: {written}")
    return PartitionField(column, transform)


def table_properties(given: Mapping[str, str]) -> dict[str, str]:
    """Properties of Iceberg for those of a statement."""
    found: dict[str, str] = {}
    for key, value in given.items():
        match key.lower():
            case "table_type" | "is_external":
                continue
            case "format":
                if value.lower() != "parquet":
                    raise QueryFailed(f"The emulator writes Iceberg tables as PARQUET only, not as {value}.")
            case "write_compression":
                if value.lower() not in _CODECS:
                    raise QueryFailed(f"The emulator compresses with {', '.join(_CODECS)}, not with {value}.")
                codec = value.lower().replace("none", "uncompressed")
                found["write.parquet.compression-codec"] = codec
            case predefined if predefined in _PREDEFINED:
                found[predefined] = value
            case _:
                raise QueryFailed(f"FAILED: SemanticException Unsupported table property key: {key}")
    return found
