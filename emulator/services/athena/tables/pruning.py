"""Which partitions a query reads: conditions on their keys alone are asked before anything is copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlglot import exp

from emulator.services.athena.tables.catalog import CatalogTable


def conditions(reference: exp.Table, table: CatalogTable) -> list[exp.Expr]:
    """The conditions of a query that concern nothing but keys of one table's partitions.

    Only those of the `WHERE` that belongs to the table, and none when the table is at the open side of an outer join:
    there a row that is left out becomes one of NULLs.

    Args:
        reference: The table in the query.
        table: What the catalog says of it.
    """
    select = reference.find_ancestor(exp.Select)
    where = cast("exp.Where | None", select.args.get("where")) if select else None
    if select is None or where is None or not _always_kept(reference, select):
        return []
    keys = {key.name for key in table.keys}
    alias = reference.alias_or_name
    others = [each for each in _sources(select) if each is not reference]
    found: list[exp.Expr] = []
    for part in _conjuncts(where.this):
        columns = list(part.find_all(exp.Column))
        owned = all(
            column.name.lower() in keys and (column.table == alias or (not column.table and not others))
            for column in columns
        )
        if columns and owned and not part.find(exp.Query, exp.Placeholder, exp.Parameter):
            found.append(part)
    return found


def injected(parts: Sequence[exp.Expr], key: str) -> list[str] | None:
    """The values that conditions give a key by `=` or `IN`; None when they do not."""
    for part in parts:
        bare = part.unnest()
        column = bare.this if isinstance(bare, exp.EQ | exp.In) else None
        if not isinstance(column, exp.Column) or column.name.lower() != key:
            continue
        values = [bare.expression] if isinstance(bare, exp.EQ) else list(bare.expressions)
        if values and all(isinstance(each, exp.Literal) for each in values):
            return [str(each.this) for each in values]
    return None


def _conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    bare = tree.unnest()
    if isinstance(bare, exp.And):
        return [*_conjuncts(bare.this), *_conjuncts(bare.expression)]
    return [bare]


def _sources(select: exp.Select) -> list[exp.Expr]:
    first = cast("exp.From | None", select.args.get("from_") or select.args.get("from"))
    joined = [join.this for join in cast("list[exp.Join]", select.args.get("joins") or [])]
    return [*([first.this] if first else []), *joined]


def _always_kept(reference: exp.Table, select: exp.Select) -> bool:
    first = cast("exp.From | None", select.args.get("from_") or select.args.get("from"))
    joins = cast("list[exp.Join]", select.args.get("joins") or [])
    sides = {str(join.args.get("side") or "").upper() for join in joins}
    if sides <= {""}:
        return reference in _sources(select)
    return sides <= {"", "LEFT"} and first is not None and first.this is reference
