"""The session of a statement, or of a batch: its connection, its objects, and the tables of the lake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import duckdb
from sqlglot import exp

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.objects import QueryObjects
from emulator.services.athena.tables.reading import TableReader, columns_read
from emulator.services.redshift.sql.dialect import candidates, name_columns
from emulator.services.redshift.sql.failures import not_supported, reason_of

_WIDEST = "HUGEINT"


class Session:
    """What statements of one session share.

    Args:
        connection: DuckDB's, for this session alone.
        objects: What they read and write in S3.
        namespace: The namespace, as GetNamespace shows it.
        schemas: The databases of Glue behind external schemas; changed by statements that define them.
    """

    def __init__(
        self,
        connection: Any,
        objects: QueryObjects,
        namespace: Mapping[str, Any],
        schemas: MutableMapping[str, str],
    ) -> None:
        self.objects = objects
        self.namespace = namespace
        self.schemas = schemas
        self._connection = connection
        self._reader = TableReader(connection, objects, lambda tree: self.prepared(tree)[0])
        self._views = 0

    def interrupt(self) -> None:
        """End what runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Give back what DuckDB holds; what is not committed is undone."""
        self._connection.close()

    def execute(self, sql: str, given: Sequence[Any] = ()) -> Any:
        """Run something in DuckDB's words; raises QueryFailed with the reason in Redshift's."""
        try:
            return self._connection.execute(sql, list(given))
        except duckdb.Error as error:
            raise QueryFailed(reason_of(error)) from error

    def prepared(self, tree: exp.Expr) -> tuple[str, list[str], list[str]]:
        """A query in DuckDB's words, whose tables DuckDB knows, with names and types of its columns."""
        self.resolve(tree)
        name_columns(tree)
        failure: QueryFailed | None = None
        for sql in candidates(tree):
            try:
                shown = self.execute(f"DESCRIBE {sql}").fetchall()
                return _fitted(sql, [str(row[0]).lower() for row in shown], [str(row[1]) for row in shown])
            except QueryFailed as error:
                # That of the last way is about the words of the query, and no others.
                failure = error
        raise failure or QueryFailed("ERROR: The statement is empty.")

    def changed(self, tree: exp.Expr) -> int:
        """The number of rows that a statement changes."""
        self.resolve(tree)
        failure: QueryFailed | None = None
        for sql in candidates(tree):
            try:
                self.execute(f"EXPLAIN {sql}")
            except QueryFailed as error:
                failure = error
                continue
            rows = self.execute(sql).fetchall()
            return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else -1
        raise failure or QueryFailed("ERROR: The statement is empty.")

    def resolve(self, tree: exp.Expr) -> None:
        """Let DuckDB know the external tables that a statement names."""
        external = list(self.external_tables(tree))
        read = columns_read(tree) if external else None
        for node in external:
            view = self._view(node, read)
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
            if not alias.this:
                alias.set("this", exp.to_identifier(node.name, quoted=True))
            node.set("db", None)
            node.set("catalog", None)
            node.set("this", exp.to_identifier(view))
            node.set("alias", alias)
        if external:
            for column in tree.find_all(exp.Column):
                if column.args.get("db") and str(column.args["db"].name).lower() in self.schemas:
                    column.set("db", None)

    def external_tables(self, tree: exp.Expr) -> Iterator[exp.Table]:
        """The tables of external schemas in a statement."""
        for node in list(tree.find_all(exp.Table)):
            if node.db and node.db.lower() in self.schemas:
                yield node

    def _view(self, node: exp.Table, read: set[str] | None) -> str:
        schema, name = node.db.lower(), node.name.lower()
        table = catalog.table(self.schemas[schema], name)
        if table is None:
            raise QueryFailed(f'ERROR: relation "{schema}.{name}" does not exist')
        if table.view:
            raise QueryFailed(f"ERROR: {schema}.{name} is a view of Athena, which Redshift does not read.")
        if table.iceberg:
            raise not_supported(f"Iceberg tables, and {schema}.{name} is one")
        self._views += 1
        view = f"lake_{self._views}"
        self._reader.read(view, table, self._reader.partitions(node, table), read)
        return view


def _fitted(sql: str, names: list[str], kinds: list[str]) -> tuple[str, list[str], list[str]]:
    """A query whose sums are numbers that a file can hold."""
    if _WIDEST not in kinds:
        return sql, names, kinds
    places = ", ".join(f"c{place}" for place in range(len(names)))
    columns = (
        f'{f"CAST(c{place} AS BIGINT)" if kind == _WIDEST else f"c{place}"} AS "{name}"'
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    fitting = f"SELECT {', '.join(columns)} FROM ({sql}) AS summed({places})"
    return fitting, names, ["BIGINT" if kind == _WIDEST else kind for kind in kinds]
