"""Tables of the catalog as views of DuckDB: partitions pruned, objects copied, bytes counted."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from emulator.services.athena.errors import QueryCancelled, QueryFailed, reason_of
from emulator.services.athena.tables import catalog, column_types, projection, pruning, relations
from emulator.services.athena.tables.catalog import CatalogTable, TablePartition
from emulator.services.athena.tables.objects import QueryObjects
from emulator.services.athena.tables.relations import TableFiles


class TableReader:
    """Reads what one query names.

    Args:
        connection: DuckDB's.
        objects: Of the query.
        translate: Gives a query in the words of the engine in those of DuckDB.
        cutoff: The most bytes that it may scan; 0 for any number.
    """

    def __init__(
        self, connection: Any, objects: QueryObjects, translate: Callable[[exp.Expr], str], cutoff: int = 0
    ) -> None:
        self.scanned = 0
        self._connection = connection
        self._objects = objects
        self._translate = translate
        self._cutoff = cutoff

    def partitions(self, node: exp.Table, table: CatalogTable) -> list[TablePartition]:
        """The partitions of a table that a query reads where it names it."""
        wanted = pruning.conditions(node, table)
        if not table.keys:
            return [TablePartition((), table.storage)]
        if table.projected:
            injected = {
                key.name: given for key in table.keys if (given := pruning.injected(wanted, key.name)) is not None
            }
            now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
            known = projection.projected(table, injected, now)
        else:
            known = catalog.partitions(table)
        if not wanted or not known:
            return known
        keys = ", ".join(f"key_{number} VARCHAR" for number in range(len(table.keys)))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE known_partitions (number INTEGER, {keys})")
        self._connection.executemany(
            f"INSERT INTO known_partitions VALUES (?{', ?' * len(table.keys)})",
            [[number, *partition.values] for number, partition in enumerate(known)],
        )
        condition = exp.and_(*(each.copy() for each in wanted))
        for column in condition.find_all(exp.Column):
            column.set("table", None)
        typed = ", ".join(
            f'CAST(key_{number} AS {column_types.of_glue(key.kind)}) AS "{key.name}"'
            for number, key in enumerate(table.keys)
        )
        tree = exp.select("number").from_(exp.to_table("partitions_asked")).where(condition)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW partitions_asked AS SELECT number, {typed} FROM known_partitions"
        )
        try:
            rows = self._connection.execute(self._translate(tree)).fetchall()
        except duckdb.Error as error:
            raise QueryFailed(reason_of(error)) from error
        return [known[int(row[0])] for row in sorted(rows)]

    def read(
        self, view: str, table: CatalogTable, partitions: Sequence[TablePartition], read: set[str] | None
    ) -> None:
        """Let DuckDB know a table as a temporary view; ``read`` are the names that the query has, None for all."""
        files = TableFiles(self._objects, table, partitions)
        if not files.columnar and self._cutoff and sum(each.object.size for each in files.files) > self._cutoff:
            raise QueryCancelled("Bytes scanned limit was exceeded")
        paths = files.copied()
        self.count(relations.scanned(self._connection, files, paths, read))
        with_path = read is not None and "$path" in read
        try:
            relations.create_view(self._connection, view, files, paths, with_path=with_path)
        except duckdb.Error as error:
            raise QueryFailed(reason_of(error)) from error

    def count(self, scanned: int) -> None:
        """Count bytes that are scanned; raises QueryCancelled when there are too many."""
        self.scanned += scanned
        if self._cutoff and self.scanned > self._cutoff:
            raise QueryCancelled("Bytes scanned limit was exceeded")


def columns_read(tree: exp.Expr) -> set[str] | None:
    """The names of all columns that a query may read; None when it reads every one."""
    for star in tree.find_all(exp.Star):
        counted = star.find_ancestor(exp.Anonymous, exp.Select)
        if not isinstance(counted, exp.Anonymous):
            return None
    return {identifier.name.lower() for identifier in tree.find_all(exp.Identifier)}
