"""Statements that show what the catalog has: names, columns, partitions, definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.partitions import partition_name
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.catalog import CatalogTable


def show(session: QuerySession, sql: str) -> tuple[str, list[str]]:
    """SHOW …: the name of the column, and its lines."""
    words = " ".join(sql.split())
    if found := re.fullmatch(r"SHOW (DATABASES|SCHEMAS)(?: LIKE)?(?: '([^']*)')?", words, re.I):
        return "database_name", list(_like(catalog.databases(), found[2]))
    if found := re.fullmatch(
        r"SHOW (TABLES|VIEWS)(?: (?:IN|FROM) [`\"]?(\w+)[`\"]?)?(?: LIKE)?(?: '([^']*)')?", words, re.I
    ):
        views = found[1].upper() == "VIEWS"
        names = [each.name for each in catalog.tables(found[2] or session.database) if each.view or not views]
        return ("views" if views else "tab_name"), list(_like(sorted(names), found[3]))
    if found := re.fullmatch(rf"SHOW PARTITIONS {catalog.TABLE_NAME}", words, re.I):
        table = catalog.required_table((found[1] or session.database).lower(), found[2])
        if table.iceberg:
            raise QueryFailed(
                f'NOT_SUPPORTED: SHOW PARTITIONS of an Iceberg table; ask SELECT * FROM "{table.name}$partitions"'
            )
        if not table.keys:
            raise QueryFailed(f"FAILED: SemanticException Table {table.name} is not a partitioned table")
        return "partition", sorted(partition_name(table, each.values) for each in catalog.partitions(table))
    if found := re.fullmatch(rf"SHOW COLUMNS (?:IN|FROM) {catalog.TABLE_NAME}(?: (?:IN|FROM) (\w+))?", words, re.I):
        table = catalog.required_table((found[3] or found[1] or session.database).lower(), found[2])
        return "field", [f"{each.name:<20}" for each in [*table.columns, *table.keys]]
    if found := re.fullmatch(rf"SHOW TBLPROPERTIES {catalog.TABLE_NAME}(?:\s*\('([^']+)'\))?", words, re.I):
        table = catalog.required_table((found[1] or session.database).lower(), found[2])
        return "prpt_name", [
            f"{key}\t{value}" for key, value in sorted(table.parameters.items()) if found[3] in (None, key)
        ]
    if found := re.fullmatch(rf"SHOW CREATE (TABLE|VIEW) {catalog.TABLE_NAME}", words, re.I):
        table = catalog.required_table((found[2] or session.database).lower(), found[3])
        if table.iceberg:
            from emulator.services.athena.iceberg.definitions import statement_of

            return "createtab_stmt", list(statement_of(session, table))
        return ("Create View" if table.view else "createtab_stmt"), list(_statement(table))
    raise not_understood(sql)


def describe(session: QuerySession, sql: str) -> list[str]:
    """DESCRIBE: one line for each column."""
    found = re.fullmatch(rf"(?:DESCRIBE|DESC)\s+{catalog.TABLE_NAME}", sql, re.I)
    if not found:
        raise not_understood(sql)
    table = catalog.required_table((found[1] or session.database).lower(), found[2])
    lines = [f"{each.name:<20}\t{each.kind:<20}\t{each.comment:<20}" for each in [*table.columns, *table.keys]]
    if table.iceberg:
        from emulator.services.athena.iceberg.definitions import partitions_of

        fields = ["\t".join(each) for each in partitions_of(session, table)]
        spec = ["\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name", *fields]
        return ["# Table schema:\t\t", "# col_name\tdata_type\tcomment", *lines, *spec]
    if table.keys:
        lines += [f"{'':<20}\t{'':<20}\t{'':<20}", "# Partition Information\t\t"]
        lines += [f"{'# col_name':<20}\t{'data_type':<20}\t{'comment':<20}", "\t\t"]
        lines += [f"{each.name:<20}\t{each.kind:<20}\t{each.comment:<20}" for each in table.keys]
    return lines


def _like(names: Sequence[str], pattern: str | None) -> Iterator[str]:
    """Names that fit a pattern, in which `*` is any letters and `|` is or."""
    form = re.compile(re.escape(pattern or "*").replace(r"\*", ".*").replace(r"\|", "|"), re.I)
    return (name for name in names if form.fullmatch(name))


def _statement(table: CatalogTable) -> Iterator[str]:
    if table.view:
        yield f"CREATE VIEW {table.database}.{table.name} AS"
        yield from table.view.splitlines()
        return
    yield f"CREATE EXTERNAL TABLE `{table.name}`("
    rows = [f"  `{each.name}` {each.kind} COMMENT '{each.comment}'" for each in table.columns]
    yield from (f"{row}{',' if place < len(rows) else ')'}" for place, row in enumerate(rows, 1))
    if table.keys:
        yield "PARTITIONED BY ( "
        rows = [f"  `{each.name}` {each.kind} COMMENT '{each.comment}'" for each in table.keys]
        yield from (f"{row}{',' if place < len(rows) else ')'}" for place, row in enumerate(rows, 1))
    yield "ROW FORMAT SERDE "
    yield f"  '{table.storage.library}' "
    yield "LOCATION"
    yield f"  '{table.storage.location}'"
    yield "TBLPROPERTIES ("
    rows = [f"  '{key}'='{value}'" for key, value in sorted(table.parameters.items())]
    yield from (f"{row}{',' if place < len(rows) else ')'}" for place, row in enumerate(rows, 1))
