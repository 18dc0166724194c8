"""Tables, views and schemas: made, changed and dropped."""

from __future__ import annotations

import re
from typing import cast

from sqlglot import exp

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables import catalog
from emulator.services.redshift.sql.dialect import TEXTS, candidates, parse_statement, written
from emulator.services.redshift.sql.failures import not_supported
from emulator.services.redshift.sql.options import Words, check_role
from emulator.services.redshift.sql.parameters import outside_quotes
from emulator.services.redshift.sql.session import Session

_PHYSICAL = (
    r"\bENCODE\s+\w+",
    r"\bDISTSTYLE\s+\w+",
    r"\bDISTKEY\s*\(\s*\w+\s*\)",
    r"\b(COMPOUND\s+|INTERLEAVED\s+)?SORTKEY\s*(\([^)]*\)|AUTO\b)",
    r"\b(DISTKEY|SORTKEY)\b",
    r"\bBACKUP\s+(YES|NO)\b",
)
"""How rows are distributed, sorted and compressed, which changes no answer."""
_LONGEST = 65535


def logical(sql: str) -> str:
    """A definition of a table without how its rows are stored."""
    for pattern in _PHYSICAL:
        sql = outside_quotes(sql, pattern, "")
    return outside_quotes(sql, r"\(\s*MAX\s*\)", f"({_LONGEST})")


def create(session: Session, sql: str) -> None:
    """`CREATE TABLE`, with and without a query, and `CREATE VIEW`."""
    tree = parse_statement(logical(sql))
    if not isinstance(tree, exp.Create) or tree.kind not in ("TABLE", "VIEW") or tree.find(exp.MaterializedProperty):
        raise not_supported(f"this statement: {' '.join(sql.split())[:120]}")
    _refuse_external(session, tree)
    if tree.kind == "VIEW" and any(True for _ in session.external_tables(tree)):
        raise not_supported("views over external tables")
    if isinstance(tree.this, exp.Schema):
        _create_table(session, tree)
        return
    query = tree.expression
    if query is None:
        raise not_supported(f"this statement: {' '.join(sql.split())[:120]}")
    text = session.prepared(query)[0]
    begin = "CREATE " + ("OR REPLACE " if tree.args.get("replace") else "") + _temporary(tree) + tree.kind
    there = " IF NOT EXISTS" if tree.args.get("exists") else ""
    session.execute(f"{begin}{there} {written(tree.this)} AS {text}")


def _refuse_external(session: Session, tree: exp.Create) -> None:
    target = tree.this.find(exp.Table)
    if target is not None and target.db.lower() in session.schemas:
        raise not_supported("tables made in external schemas")


def _temporary(tree: exp.Create) -> str:
    return "TEMP " if tree.find(exp.TemporaryProperty) else ""


def _create_table(session: Session, tree: exp.Create) -> None:
    schema = cast(exp.Schema, tree.this)
    table = cast(exp.Table, schema.this)
    kept: list[exp.Expr] = []
    required: set[str] = set()
    for part in schema.expressions:
        if isinstance(part, exp.ColumnDef):
            kept.append(_column(session, table, part))
        elif isinstance(part, exp.LikeProperty):
            raise not_supported("CREATE TABLE with LIKE; use CREATE TABLE AS")
        elif isinstance(part, exp.PrimaryKey):
            # Keys are not enforced; that a key has no NULL is.
            required |= {each.name.lower() for each in part.expressions}
    for column in kept:
        if isinstance(column, exp.ColumnDef) and column.name.lower() in required:
            column.append("constraints", exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
    schema.set("expressions", kept)
    properties = cast("exp.Properties | None", tree.args.get("properties"))
    if properties is not None:
        temporary = [each for each in properties.expressions if isinstance(each, exp.TemporaryProperty)]
        tree.set("properties", exp.Properties(expressions=temporary) if temporary else None)
    session.execute(next(candidates(tree)))


def _column(session: Session, table: exp.Table, column: exp.ColumnDef) -> exp.ColumnDef:
    constraints: list[exp.Expr] = []
    for each in cast("list[exp.ColumnConstraint]", column.args.get("constraints") or []):
        match each.args.get("kind"):
            case exp.PrimaryKeyColumnConstraint():
                constraints.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
            case exp.GeneratedAsIdentityColumnConstraint() as identity:
                constraints.append(_identity(session, table, column, identity))
            case exp.NotNullColumnConstraint() | exp.DefaultColumnConstraint():
                constraints.append(each)
            case exp.UniqueColumnConstraint() | exp.Reference() | exp.CollateColumnConstraint():
                continue
            case _:
                raise not_supported(f"the column {column.name} with {each.sql('redshift')}")
    kind = column.kind
    if kind is not None and kind.this in TEXTS:
        given = (
            kind.expressions[0].name if kind.expressions else ("1" if kind.this == exp.DataType.Type.CHAR else "256")
        )
        length = exp.Anonymous(this="strlen", expressions=[exp.column(column.name, quoted=True)])
        check = exp.LTE(this=length, expression=exp.Literal.number(given))
        if int(given) < _LONGEST:
            constraints.append(exp.ColumnConstraint(kind=exp.CheckColumnConstraint(this=check)))
        column.set("kind", exp.DataType.build("VARCHAR"))
    column.set("constraints", constraints)
    return column


def _identity(
    session: Session, table: exp.Table, column: exp.ColumnDef, identity: exp.GeneratedAsIdentityColumnConstraint
) -> exp.ColumnConstraint:
    schema = table.db or "public"
    name = f"{schema}.identity_of_{table.name}_{column.name}".lower()
    start, step = identity.args.get("start"), identity.args.get("increment")
    numbers = (int(each.name) if isinstance(each, exp.Expr) else 1 for each in (start, step))
    # A table that is made again counts from the beginning; one that is there keeps its numbers.
    there = session.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema.lower(), table.name.lower()]
    ).fetchone()
    kind = "CREATE SEQUENCE IF NOT EXISTS" if there else "CREATE OR REPLACE SEQUENCE"
    session.execute("{} {} START {} INCREMENT {}".format(kind, name, *numbers))
    call = exp.Anonymous(this="nextval", expressions=[exp.Literal.string(name)])
    return exp.ColumnConstraint(kind=exp.DefaultColumnConstraint(this=call))


_SCHEMA = re.compile(
    r"CREATE\s+SCHEMA\s+(?P<there>IF\s+NOT\s+EXISTS\s+)?\"?(?P<name>\w+)\"?(\s+AUTHORIZATION\s+\w+)?", re.I
)


def create_schema(session: Session, sql: str) -> None:
    """`CREATE SCHEMA`."""
    found = _SCHEMA.fullmatch(sql)
    if not found:
        raise not_supported(f"this statement: {' '.join(sql.split())[:120]}")
    if found["name"].lower() in session.schemas and not found["there"]:
        raise QueryFailed(f'ERROR: Schema "{found["name"].lower()}" already exists')
    session.execute(f'CREATE SCHEMA {"IF NOT EXISTS " if found["there"] else ""}"{found["name"].lower()}"')


def create_external_schema(session: Session, sql: str) -> None:
    """`CREATE EXTERNAL SCHEMA … FROM DATA CATALOG`."""
    words = Words(sql)
    words.expect("CREATE", "EXTERNAL", "SCHEMA")
    there = words.skip("IF")
    if there:
        words.expect("NOT", "EXISTS")
    name = words.name()[1]
    words.expect("FROM")
    if not words.skip("DATA"):
        raise not_supported(f"external schemas from {words.next}, only from DATA CATALOG")
    words.expect("CATALOG", "DATABASE")
    database = words.text().lower()
    if words.skip("REGION"):
        words.text()
    check_role(words, session.namespace, "CREATE EXTERNAL SCHEMA")
    make = words.skip("CREATE")
    if make:
        words.expect("EXTERNAL", "DATABASE")
        if words.skip("IF"):
            words.expect("NOT", "EXISTS")
    if words.next:
        raise not_supported(f"CREATE EXTERNAL SCHEMA with {words.next}")
    if name in session.schemas:
        if there:
            return
        raise QueryFailed(f'ERROR: Schema "{name}" already exists')
    if make and database not in catalog.databases():
        catalog.glue("CreateDatabase", DatabaseInput={"Name": database})
    session.schemas[name] = database


def drop(session: Session, sql: str) -> None:
    """`DROP` of a table, a view or a schema."""
    found = re.fullmatch(
        r"DROP\s+SCHEMA\s+(IF\s+EXISTS\s+)?\"?(\w+)\"?(\s+(DROP\s+EXTERNAL\s+DATABASE|CASCADE|RESTRICT))?", sql, re.I
    )
    if found and found[2].lower() in session.schemas:
        if found[4] and found[4].upper().startswith("DROP"):
            raise not_supported("DROP SCHEMA with DROP EXTERNAL DATABASE")
        del session.schemas[found[2].lower()]
        return
    tree = parse_statement(sql)
    if not isinstance(tree, exp.Drop) or tree.kind not in ("TABLE", "VIEW", "SCHEMA"):
        raise not_supported(f"this statement: {' '.join(sql.split())[:120]}")
    _refuse_dropping(session, tree)
    session.execute(written(tree))


def _refuse_dropping(session: Session, tree: exp.Drop) -> None:
    for table in tree.find_all(exp.Table):
        if table.db.lower() in session.schemas:
            raise not_supported("DROP of external tables, which Glue has")


def alter(session: Session, sql: str) -> None:
    """`ALTER TABLE`: columns added, dropped and renamed, and the table renamed."""
    tree = parse_statement(logical(sql))
    if not isinstance(tree, exp.Alter) or tree.args.get("kind") != "TABLE":
        raise not_supported(f"this statement: {' '.join(sql.split())[:120]}")
    for column in tree.find_all(exp.ColumnDef):
        # Columns that are added have no checks in DuckDB.
        if column.kind is not None and column.kind.this in TEXTS:
            column.set("kind", exp.DataType.build("VARCHAR"))
    session.execute(next(candidates(tree)))
