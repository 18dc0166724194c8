"""What a database has: schemas, tables and columns, its own and those of the lake."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from emulator.services.athena.tables import catalog, column_types
from emulator.services.redshift.databases import Database
from emulator.services.redshift.sql.fields import column

_HIDDEN = ("information_schema", "main", "pg_catalog")


def schemas(database: Database, external: Mapping[str, str], pattern: str | None) -> list[str]:
    """The names of all schemas."""
    rows = _asked(database, "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database()")
    found = {str(row[0]) for row in rows} - set(_HIDDEN) | set(external) | {"pg_catalog"}
    return sorted(each for each in found if _like(each, pattern))


def tables(
    database: Database, external: Mapping[str, str], schema_pattern: str | None, table_pattern: str | None
) -> list[dict[str, str]]:
    """All tables and views."""
    rows = _asked(
        database,
        "SELECT schema_name, table_name, 'TABLE' FROM duckdb_tables() WHERE database_name = current_database()"
        " UNION ALL SELECT schema_name, view_name, 'VIEW' FROM duckdb_views()"
        " WHERE database_name = current_database() AND NOT internal",
    )
    rows += [(name, each.name, "EXTERNAL TABLE") for name, of in external.items() for each in catalog.tables(of)]
    return [
        {"schema": schema, "name": name, "type": kind}
        for schema, name, kind in sorted(rows)
        if _like(schema, schema_pattern) and _like(name, table_pattern)
    ]


def columns(database: Database, external: Mapping[str, str], schema: str, table: str) -> list[dict[str, Any]]:
    """The columns of a table."""
    if schema in external:
        found = catalog.table(external[schema], table)
        if found is None:
            return []
        parts = [*found.columns, *found.keys]
        return [_of(each.name, column_types.of_glue(each.kind), schema, table) for each in parts]
    rows = _asked(
        database,
        "SELECT column_name, data_type, is_nullable, column_default FROM duckdb_columns()"
        " WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [schema, table],
    )
    return [
        {
            **_of(name, kind, schema, table),
            "nullable": int(optional),
            **({"columnDefault": default} if default else {}),
        }
        for name, kind, optional, default in rows
    ]


def csv_text(result: Mapping[str, Any]) -> str:
    """A result as CSV with a header."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([each["name"] for each in result["ColumnMetadata"]])
    for row in result["Records"]:
        writer.writerow(["" if "isNull" in each else next(iter(each.values())) for each in row])
    return target.getvalue()


def _of(name: str, kind: str, schema: str, table: str) -> dict[str, Any]:
    return column(name, kind, schemaName=schema, tableName=table)


def _asked(database: Database, sql: str, given: list[str] | None = None) -> list[Any]:
    with database.lock:
        session = database.session()
        try:
            return session.execute(sql, given or []).fetchall()
        finally:
            session.close()


def _like(name: str, pattern: str | None) -> bool:
    """Whether a name is like a pattern of SQL."""
    if not pattern:
        return True
    regular = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(regular, name, re.I) is not None
