"""A statement of a query: what kind it is, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import TokenType

from emulator.services.athena import definitions, descriptions, partitions, values, writes
from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.language.dialect import parse_query
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import column_types

_SHOWN = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN", "MSCK")


@dataclass(frozen=True)
class Outcome:
    """What a statement gives.

    Args:
        names: Of the columns.
        kinds: DuckDB's types of the columns.
        rows: Values as text, None for NULL.
        header: Whether results begin with the names.
        updated: Rows that were written; None when it writes none.
        files: Objects that were written.
    """

    names: Sequence[str] = ()
    kinds: Sequence[str] = ()
    rows: Sequence[Sequence[str | None]] = ()
    header: bool = False
    updated: int | None = None
    files: Sequence[str] = field(default=())


@dataclass(frozen=True)
class StatementContext:
    """What a statement needs to know beside its session.

    Args:
        query: Its id.
        output: The location of results.
        enforced: Whether the work group's location is the only one.
        prepared: Gives the text of a prepared statement by its name.
        keep: Keeps a prepared statement, or removes it for None.
    """

    query: str
    output: str
    enforced: bool
    prepared: Callable[[str], str]
    keep: Callable[[str, str | None], None]


def kind_of(sql: str) -> str:
    """`DML`, `DDL` or `UTILITY`, as executions name it."""
    first = re.sub(r"^\s*(--[^\n]*\n|/\*.*?\*/|\s|\()*", "", sql, flags=re.S).split(None, 1)
    word = first[0].upper() if first else ""
    if word in _SHOWN:
        return "UTILITY"
    if word in ("CREATE", "DROP", "ALTER", "PREPARE", "DEALLOCATE"):
        table_as = re.match(r"\s*CREATE\s+TABLE\b.*?\bAS\s*[\s(]+(SELECT|WITH|VALUES|TABLE)\b", sql, re.I | re.S)
        return "DML" if table_as else "DDL"
    return "DML"


def carry_out(session: QuerySession, sql: str, given: Sequence[str], around: StatementContext) -> Outcome:
    """Carry a statement out; raises QueryFailed and QueryCancelled.

    Args:
        session: Of the query.
        sql: The statement.
        given: Values of its parameters, as SQL.
        around: What it needs to know.
    """
    text = re.sub(r"^\s*((--[^\n]*\n|/\*.*?\*/)\s*)+", "", sql, flags=re.S).strip().rstrip(";").strip()
    text = with_parameters(text, given)
    word = (text.upper().split(None, 1) or [""])[0]
    match word:
        case "CREATE":
            return _create(session, text, around)
        case "DROP":
            return _lines("result", definitions.drop(session, text))
        case "ALTER":
            return _lines("result", definitions.alter_table(session, text))
        case "MSCK":
            return _lines("result", partitions.repair(session, text))
        case "SHOW":
            return _lines(*descriptions.show(session, text))
        case "DESCRIBE" | "DESC":
            return _described(descriptions.describe(session, text))
        case "PREPARE" | "EXECUTE" | "DEALLOCATE":
            return _prepared(session, text, around)
        case "UNLOAD":
            written = writes.unload(session, text, around.query)
            return Outcome(updated=written.rows, files=written.files)
        case "INSERT":
            tree = parse_query(text)
            if not isinstance(tree, exp.Insert):
                raise QueryFailed("SYNTAX_ERROR: INSERT INTO is expected")
            written = writes.insert(session, tree, around.query)
            return Outcome(["rows"], ["BIGINT"], [], updated=written.rows, files=written.files)
        case "UPDATE" | "DELETE" | "MERGE":
            return _changed(session, text)
        case "OPTIMIZE" | "VACUUM":
            from emulator.services.athena.iceberg import changes

            (changes.optimize if word == "OPTIMIZE" else changes.vacuum)(session, text)
            return _lines("result", [])
        case "EXPLAIN" | "ANALYZE" | "GRANT" | "REVOKE":
            raise QueryFailed(f"The emulator does not carry out {word}.")
        case _:
            return _selected(session, text)


def with_parameters(sql: str, given: Sequence[str]) -> str:
    """A statement with values in the places of its question marks; raises QueryFailed when their numbers differ."""
    places = [token for token in Trino().tokenize(sql) if token.token_type == TokenType.PLACEHOLDER]
    if re.match(r"\s*PREPARE\b", sql, re.I):
        return sql
    if len(places) != len(given):
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected {len(places)} but found {len(given)}"
        )
    for token, value in reversed(list(zip(places, given, strict=True))):
        sql = f"{sql[: token.start]}{value}{sql[token.end + 1 :]}"
    return sql


def _selected(session: QuerySession, text: str) -> Outcome:
    tree = parse_query(text)
    if not isinstance(tree, exp.Query | exp.Values):
        raise QueryFailed(f"The emulator does not carry out: {text[:200]}")
    source = exp.select("*").from_(tree) if isinstance(tree, exp.Values) else tree
    result = session.select(source)
    rows = [[values.text(value, kind) for value, kind in zip(row, result.kinds, strict=True)] for row in result.rows]
    return Outcome(result.names, result.kinds, rows, header=True)


def _changed(session: QuerySession, text: str) -> Outcome:
    from emulator.services.athena.iceberg import changes

    tree = parse_query(text)
    if not isinstance(tree, exp.Update | exp.Delete | exp.Merge):
        raise QueryFailed(f"The emulator does not carry out: {text[:200]}")
    return Outcome(["rows"], ["BIGINT"], [], updated=changes.change(session, tree))


def _create(session: QuerySession, text: str, around: StatementContext) -> Outcome:
    if re.match(r"CREATE\s+(DATABASE|SCHEMA)\b", text, re.I):
        return _lines("result", definitions.create_database(text))
    if re.match(r"CREATE\s+(OR\s+REPLACE\s+)?VIEW\b", text, re.I):
        return _lines("result", definitions.create_view(session, text))
    if kind_of(text) == "DML":
        bare = re.sub(r"\s+WITH\s+(NO\s+)?DATA\s*$", "", text, flags=re.I)
        tree = parse_query(bare)
        if not isinstance(tree, exp.Create):
            raise QueryFailed("SYNTAX_ERROR: CREATE TABLE AS is expected")
        empty = bool(re.search(r"\sWITH\s+NO\s+DATA\s*$", text, re.I))
        written = writes.create_table_as(
            session, tree, around.query, around.output, enforced=around.enforced, empty=empty
        )
        return Outcome(["rows"], ["BIGINT"], [], updated=written.rows, files=written.files)
    if re.match(r"CREATE\s+(EXTERNAL\s+)?TABLE\b", text, re.I):
        return _lines("result", definitions.create_table(session, text))
    raise QueryFailed(f"The emulator does not carry out: {text[:200]}")


def _prepared(session: QuerySession, text: str, around: StatementContext) -> Outcome:
    if found := re.fullmatch(r"PREPARE\s+(\w+)\s+FROM\s+(.+)", text, re.I | re.S):
        around.keep(found[1], found[2].strip())
        return Outcome()
    if found := re.fullmatch(r"DEALLOCATE\s+PREPARE\s+(\w+)", text, re.I):
        around.keep(found[1], None)
        return Outcome()
    found = re.fullmatch(r"EXECUTE\s+(\w+)(?:\s+USING\s+(.+))?", text, re.I | re.S)
    if not found:
        raise QueryFailed("SYNTAX_ERROR: EXECUTE name USING value, … is expected")
    listed = parse_query(f"SELECT {found[2]}").expressions if found[2] else []
    given = [each.sql("trino") for each in listed]
    return carry_out(session, around.prepared(found[1]), given, around)


def _lines(name: str, lines: Sequence[str]) -> Outcome:
    return Outcome([name], ["VARCHAR"], [[line] for line in lines])


def _described(lines: Sequence[str]) -> Outcome:
    return Outcome(["col_name", "data_type", "comment"], ["VARCHAR"] * 3, [[line] for line in lines])


def columns_of(answer: Outcome) -> list[dict[str, object]]:
    """The columns of an answer, as GetQueryResults describes them."""
    found: list[dict[str, object]] = []
    for name, kind in zip(answer.names, answer.kinds, strict=True):
        athena = column_types.of_result(kind) if answer.header or kind != "VARCHAR" else "string"
        digits, scale = column_types.precision(athena, kind)
        found.append(
            {
                "CatalogName": "hive",
                "SchemaName": "",
                "TableName": "",
                "Name": name,
                "Label": name,
                "Type": athena,
                "Precision": digits,
                "Scale": scale,
                "Nullable": "UNKNOWN",
                "CaseSensitive": athena in ("varchar", "char"),
            }
        )
    return found


Columns = Sequence[Mapping[str, object]]
