"""Expressions of DuckDB, made of parts of a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.duckdb import DuckDB

from emulator.services.athena.errors import QueryFailed

_UNITS = frozenset(("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"))


class _Verbatim(DuckDB):
    """DuckDB's grammar, in which functions keep their names."""

    class Parser(DuckDB.Parser):
        """No function is known."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}


def call(name: str, *given: exp.Expr) -> exp.Expr:
    """A function of DuckDB, called with arguments."""
    return exp.Anonymous(this=name, expressions=[*given])


def filled(form: str, given: Sequence[exp.Expr]) -> exp.Expr:
    """An expression of DuckDB with arguments in its places."""
    tree = parse(re.sub(r"\{(\d)\}", r"argument_\1", form), dialect=_Verbatim)[0]
    if tree is None:
        raise QueryFailed(f"The emulator cannot translate {form}.")

    def put(node: exp.Expr) -> exp.Expr:
        found = re.fullmatch(r"argument_(\d)", node.name) if isinstance(node, exp.Column | exp.Identifier) else None
        if not found:
            return node
        value = given[int(found[1])].copy()
        return exp.paren(value) if isinstance(value, exp.Binary) and not isinstance(value, exp.Dot) else value

    return tree.transform(put)


def of_all(name: str, given: Sequence[exp.Expr]) -> exp.Expr:
    """The greatest or least of values, which is NULL as soon as one of them is."""
    missing = " OR ".join(f"{{{place}}} IS NULL" for place in range(len(given)))
    listed = ", ".join(f"{{{place}}}" for place in range(len(given)))
    return filled(f"CASE WHEN {missing} THEN NULL ELSE {name}({listed}) END", given)


def of_entry(body: exp.Expr) -> exp.Expr:
    """The body of a lambda of a key and a value, with those of the entry `e` of a map."""
    return applied(body, (filled("e.key", []), filled("e.value", [])))


def applied(body: exp.Expr, values: Sequence[exp.Expr]) -> exp.Expr:
    """The body of a lambda, with values for its parameters."""
    if not isinstance(body, exp.Lambda):
        raise QueryFailed("The emulator translates lambdas as arguments only.")
    names = [each.name for each in body.expressions]

    def put(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column | exp.Identifier) and node.name in names and not node.args.get("table"):
            return values[names.index(node.name)].copy()
        return node

    return exp.paren(body.this.copy().transform(put))


def digits_of(given: exp.Expr) -> list[exp.Expr]:
    """Precision and scale of a decimal: those that a literal shows, else 38 and 0."""
    precision, scale = 38, 0
    if isinstance(given, exp.Literal) and (found := re.fullmatch(r"-?(\d+)(?:\.(\d+))?", given.name)):
        scale = len(found[2] or "")
        precision = len(found[1]) + scale
    return [exp.DataTypeParam(this=exp.Literal.number(each)) for each in (precision, scale)]


def unit_of(given: exp.Expr) -> str:
    """A unit of time that is written as text; raises QueryFailed for another word."""
    if not isinstance(given, exp.Literal) or given.name.lower() not in _UNITS:
        raise QueryFailed(f"SYNTAX_ERROR: {given.sql('trino')} is not a valid unit of time")
    return given.name.lower()
