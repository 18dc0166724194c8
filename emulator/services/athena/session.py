"""One query on DuckDB: the tables that it names, what it reads, and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import duckdb
from sqlglot import exp

from emulator.services.athena import values
from emulator.services.athena.errors import QueryFailed, reason_of
from emulator.services.athena.language import functions
from emulator.services.athena.language.dialect import Translation, parse_query
from emulator.services.athena.tables import catalog
from emulator.services.athena.tables.catalog import CatalogTable, TableColumn, TablePartition
from emulator.services.athena.tables.objects import QueryObjects
from emulator.services.athena.tables.reading import TableReader, columns_read

_SCHEMA = "information_schema"
_ZONE = "TIMESTAMP WITH TIME ZONE"
_DEEPEST = 10


@dataclass(frozen=True)
class QueryResult:
    """Rows with the names and DuckDB's types of their columns."""

    names: Sequence[str]
    kinds: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass
class QuerySession:
    """What one query knows.

    Args:
        objects: What it reads and writes.
        database: The database of names without one.
        cutoff: The most bytes that it may scan; 0 for any number.
    """

    objects: QueryObjects
    database: str
    cutoff: int = 0

    def __post_init__(self) -> None:
        self.connection: Any = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                "threads": 2,
                "memory_limit": "1GB",
                "temp_directory": str(self.objects.folder),
            },
        )
        self.connection.execute("SET integer_division = true; SET TimeZone = 'UTC'")
        self._macros: set[str] = set()
        self._views = 0
        self._reader = TableReader(self.connection, self.objects, lambda tree: self._described(tree)[0], self.cutoff)

    @property
    def scanned(self) -> int:
        """The bytes that it has scanned."""
        return self._reader.scanned

    def close(self) -> None:
        """Give back what DuckDB holds."""
        self.connection.close()

    def interrupt(self) -> None:
        """End what runs."""
        self.connection.interrupt()

    def select(self, tree: exp.Expr) -> QueryResult:
        """The rows of a query."""
        sql, names, kinds = self.prepared(tree)
        places = range(len(names))
        columns = [f"CAST(c{n} AS VARCHAR)" if kinds[n] == _ZONE else f"c{n}" for n in places]
        if _ZONE in kinds:
            sql = f"SELECT {', '.join(columns)} FROM ({sql}) AS zoned({', '.join(f'c{n}' for n in places)})"
        rows = self.execute(sql).fetchall()
        shown = [
            [_zoned(value) if kind == _ZONE else value for value, kind in zip(row, kinds, strict=True)]
            for row in rows
        ]
        return QueryResult(names, kinds, shown)

    def prepared(self, tree: exp.Expr) -> tuple[str, list[str], list[str]]:
        """A query in DuckDB's words, whose tables DuckDB knows, with names and types of its columns."""
        self._resolve(tree, self.database, 0)
        return self._described(tree)

    def execute(self, sql: str) -> Any:
        """Run something in DuckDB's words; raises QueryFailed with the reason in Athena's."""
        try:
            return self.connection.execute(sql)
        except duckdb.Error as error:
            raise QueryFailed(reason_of(error)) from error

    def changed(self, tree: exp.Expr, target: exp.Table) -> tuple[str, int]:
        """Carry out a statement on a copy of the table that it changes: the copy's name, and the number of rows."""
        self._resolve(tree, self.database, 0)
        self.execute(f"CREATE TEMP TABLE changed AS SELECT * FROM {target.name}")
        target.set("this", exp.to_identifier("changed"))
        failure: QueryFailed | None = None
        for sql in self._translated(tree):
            try:
                self.execute(f"EXPLAIN {sql}")
            except QueryFailed as error:
                failure = failure or error
            else:
                return "changed", int(self.execute(sql).fetchall()[0][0])
        raise failure or QueryFailed("The statement is empty.")

    def _described(self, tree: exp.Expr) -> tuple[str, list[str], list[str]]:
        failure: QueryFailed | None = None
        for sql in self._translated(tree):
            try:
                described = self.execute(f"DESCRIBE {sql}").fetchall()
                return sql, [str(row[0]) for row in described], [str(row[1]) for row in described]
            except QueryFailed as error:
                failure = failure or error
        raise failure or QueryFailed("The query is empty.")

    def _translated(self, tree: exp.Expr) -> Iterator[str]:
        """A statement in DuckDB's words, in every way that it can be meant."""
        translation = Translation(tree)
        for name in sorted(translation.macros - self._macros):
            if "java_double" in functions.MACROS[name]:
                self.connection.create_function("java_double", values.java_double, ["DOUBLE"], "VARCHAR")
            for macro in [*re.findall(r"athena_\w+", functions.MACROS[name]), name]:
                if macro not in self._macros:
                    self._macros.add(macro)
                    self.connection.execute(f"CREATE MACRO {macro}{functions.MACROS[macro]}")
        return translation.candidates()

    def _resolve(self, tree: exp.Expr, database: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise QueryFailed("Views are nested too deep, or in a circle.")
        read = columns_read(tree) if isinstance(tree, exp.Query) else None
        found = [(node, _of_catalog(node, database)) for node in tree.find_all(exp.Table) if not _is_common(node)]
        replaced: list[tuple[exp.Table, str]] = []
        for node, (schema, name) in found:
            replaced.append((node, self._view(node, schema, name, read, depth)))
        for column in tree.find_all(exp.Column):
            column.set("db", None)
            column.set("catalog", None)
        for node, view in replaced:
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
            if not alias.this:
                alias.set("this", exp.to_identifier(node.name, quoted=True))
            for part in ("db", "catalog", "version"):
                node.set(part, None)
            node.set("this", exp.to_identifier(view))
            node.set("alias", alias)

    def _view(self, node: exp.Table, schema: str, name: str, read: set[str] | None, depth: int) -> str:
        self._views += 1
        view = f"table_{self._views}"
        if schema == _SCHEMA:
            self._information(view, name)
            return view
        bare, _, hidden = name.partition("$")
        table = catalog.table(schema, bare)
        if table is None:
            raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{schema}.{name}' does not exist")
        version = cast("exp.Version | None", node.args.get("version"))
        if table.iceberg:
            # It loads PyIceberg, which few queries need.
            from emulator.services.athena.iceberg import reading

            if hidden:
                reading.read_metadata(self.connection, self.objects, view, table, hidden)
            else:
                earlier = reading.EarlierState(*self._earlier(version)) if version else None
                reading.read_table(self.connection, self.objects, view, table, earlier, read, self._reader.count)
            return view
        if version:
            raise QueryFailed(f"NOT_SUPPORTED: {schema}.{bare} is no Iceberg table, and has no earlier versions")
        if table.view:
            tree = parse_query(table.view)
            self._resolve(tree, table.database, depth + 1)
            sql = self._described(tree)[0]
            self.execute(f"CREATE TEMP VIEW {view} AS {sql}")
            return view
        partitions = self._reader.partitions(node, table)
        if hidden == "partitions":
            self._listed(view, table, partitions)
        elif hidden:
            raise QueryFailed(f"The emulator has no {name}: of a table's metadata, only $partitions.")
        else:
            self._reader.read(view, table, partitions, read)
        return view

    def _earlier(self, version: exp.Version) -> tuple[int | None, str]:
        """Of which moment, in milliseconds, or of which version a table is asked for."""
        sql = self._described(exp.select(version.expression.copy().as_("asked")))[0]
        if str(version.this).upper() != "TIMESTAMP":
            return None, str(self.execute(sql).fetchall()[0][0])
        moment = self.execute(f"SELECT epoch_ms(CAST(asked AS TIMESTAMPTZ)) FROM ({sql}) AS given").fetchall()
        return int(moment[0][0]), ""

    def _listed(self, view: str, table: CatalogTable, partitions: Sequence[TablePartition]) -> None:
        keys = ", ".join(f'"{key.name}" VARCHAR' for key in table.keys)
        self.connection.execute(f"CREATE TABLE {view} ({keys})")
        if partitions:
            places = ", ".join("?" * len(table.keys))
            self.connection.executemany(
                f"INSERT INTO {view} VALUES ({places})", [list(each.values) for each in partitions]
            )

    def _information(self, view: str, name: str) -> None:
        rows: list[tuple[Any, ...]] = []
        match name:
            case "schemata":
                columns = ("catalog_name", "schema_name")
                rows = [("awsdatacatalog", each) for each in catalog.databases()]
            case "tables":
                columns = ("table_catalog", "table_schema", "table_name", "table_type")
                rows = [
                    ("awsdatacatalog", of, each.name, "VIEW" if each.view else "BASE TABLE")
                    for of, each in _everything()
                ]
            case "columns":
                columns = (
                    "table_catalog",
                    "table_schema",
                    "table_name",
                    "column_name",
                    "ordinal_position",
                    "data_type",
                )
                rows = [
                    ("awsdatacatalog", of, each.name, column.name, place, _trino(column))
                    for of, each in _everything()
                    for place, column in enumerate([*each.columns, *each.keys], 1)
                ]
            case _:
                raise QueryFailed(f"The emulator has no information_schema.{name}.")
        typed = (f"{each} {'BIGINT' if each == 'ordinal_position' else 'VARCHAR'}" for each in columns)
        self.connection.execute(f"CREATE TABLE {view} ({', '.join(typed)})")
        if rows:
            self.connection.executemany(f"INSERT INTO {view} VALUES ({', '.join('?' * len(columns))})", rows)


def _everything() -> Iterator[tuple[str, CatalogTable]]:
    for database in catalog.databases():
        for table in catalog.tables(database):
            yield database, table


def _trino(column: TableColumn) -> str:
    return "varchar" if column.kind == "string" else "integer" if column.kind == "int" else column.kind


def _of_catalog(node: exp.Table, database: str) -> tuple[str, str]:
    named = str(node.catalog or "awsdatacatalog").lower()
    if named != "awsdatacatalog":
        raise QueryFailed(f"CATALOG_NOT_FOUND: Catalog '{named}' does not exist")
    if not isinstance(node.this, exp.Identifier):
        raise QueryFailed("The emulator translates no table functions.")
    return str(node.db or database).lower(), node.name.lower()


def _is_common(node: exp.Table) -> bool:
    """Whether a name is that of a common table expression, or of our own list of partitions."""
    if node.db:
        return False
    above: exp.Expr | None = node.parent
    while above is not None:
        with_ = above.args.get("with_") or above.args.get("with")
        if with_ is not None and any(each.alias.lower() == node.name.lower() for each in with_.expressions):
            return True
        above = above.parent
    return False


def _zoned(value: str | None) -> str | None:
    """An instant as Athena writes it, of DuckDB's `2020-01-01 00:00:00+00`."""
    if value is None:
        return None
    time, _, _ = value.partition("+")
    whole, _, fraction = time.partition(".")
    return f"{whole}.{fraction[:3]:0<3} UTC"
