"""A statement: what kind it is, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from emulator.services.redshift.sql import copying, definitions, unloading
from emulator.services.redshift.sql.dialect import parse_statement
from emulator.services.redshift.sql.failures import not_supported
from emulator.services.redshift.sql.parameters import bare
from emulator.services.redshift.sql.session import Session

_WITHOUT_EFFECT = ("GRANT", "REVOKE", "ANALYZE", "VACUUM", "COMMENT")


@dataclass(frozen=True)
class StatementOutcome:
    """What a statement gives.

    Args:
        names: Of the columns.
        kinds: DuckDB's types of the columns; none for a statement without a result.
        rows: The rows.
        changed: Rows that were changed; -1 when it changes none.
    """

    names: Sequence[str] = ()
    kinds: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = field(default=())
    changed: int = -1


def carry_out(session: Session, sql: str) -> StatementOutcome:
    """Carry a statement out; raises QueryFailed."""
    text = bare(sql)
    words = [*text.upper().split(None, 2), "", ""]
    match words[0]:
        case "COPY":
            return StatementOutcome(changed=copying.copy(session, text))
        case "UNLOAD":
            return StatementOutcome(changed=unloading.unload(session, text))
        case "CREATE" if words[1] == "EXTERNAL" and words[2].startswith("SCHEMA"):
            definitions.create_external_schema(session, text)
        case "CREATE" if words[1] == "SCHEMA":
            definitions.create_schema(session, text)
        case "CREATE" if words[1] in ("USER", "GROUP", "ROLE"):
            return StatementOutcome()
        case "CREATE":
            definitions.create(session, text)
        case "DROP":
            definitions.drop(session, text)
        case "ALTER":
            definitions.alter(session, text)
        case "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE":
            return _changed(session, text)
        case word if word in _WITHOUT_EFFECT:
            return StatementOutcome()
        case _:
            return _selected(session, text)
    return StatementOutcome()


def _changed(session: Session, text: str) -> StatementOutcome:
    tree = parse_statement(text)
    if isinstance(tree, exp.Command):
        raise not_supported(f"this statement: {' '.join(text.split())[:120]}")
    target = tree.find(exp.Table)
    if target is not None and target.db.lower() in session.schemas:
        raise not_supported("changes of external tables")
    return StatementOutcome(changed=session.changed(tree))


def _selected(session: Session, text: str) -> StatementOutcome:
    tree = parse_statement(text)
    if not isinstance(tree, exp.Query | exp.Values):
        raise not_supported(f"this statement: {' '.join(text.split())[:120]}")
    if tree.find(exp.Into):
        raise not_supported("SELECT INTO; use CREATE TABLE AS")
    sql, names, kinds = session.prepared(exp.select("*").from_(tree) if isinstance(tree, exp.Values) else tree)
    return StatementOutcome(names, kinds, session.execute(sql).fetchall())
