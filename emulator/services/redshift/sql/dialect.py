"""Statements of Redshift in DuckDB's words."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator
from typing import Any, cast

from sqlglot import exp, parse
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

from emulator.services.athena.errors import QueryFailed
from emulator.services.redshift.sql.failures import not_supported

logging.getLogger("sqlglot").setLevel(logging.ERROR)

_UTC = "CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP)"
_MOST_OPEN = 4
TEXTS = (
    exp.DataType.Type.VARCHAR,
    exp.DataType.Type.CHAR,
    exp.DataType.Type.NVARCHAR,
    exp.DataType.Type.NCHAR,
    exp.DataType.Type.BPCHAR,
    exp.DataType.Type.TEXT,
)
"""Types of texts, which have a length."""


def parse_statement(sql: str) -> exp.Expr:
    """The tree of one statement; raises QueryFailed."""
    try:
        trees = [tree for tree in parse(sql, dialect="redshift") if tree is not None]
    except (ParseError, TokenError) as error:
        found: list[dict[str, Any]] = getattr(error, "errors", None) or [{}]
        near = str(found[0].get("highlight") or "") or sql.strip()[:20]
        raise QueryFailed(f'ERROR: syntax error at or near "{near}"') from error
    if len(trees) != 1:
        raise QueryFailed("ERROR: cannot insert multiple commands into a prepared statement")
    return trees[0]


def candidates(tree: exp.Expr) -> Iterator[str]:
    """A statement in every way that it can be meant: the first that DuckDB accepts is the right one.

    Averages of integers are integers in Redshift, and what is cut off a time leaves a date: DuckDB alone knows types.
    """
    translated = tree.copy().transform(_node)
    count = min(len(_open(translated)), _MOST_OPEN)
    for chosen in itertools.product((True, False), repeat=count):
        changed = translated.copy()
        # From the inside to the outside: what is replaced takes its arguments as text.
        for node, special in zip(reversed(_open(changed)[:count]), chosen, strict=True):
            if special:
                node.replace(_whole_mean(node.this) if isinstance(node, exp.Avg) else _day(node.this))
        yield written(changed)


def _open(tree: exp.Expr) -> list[exp.Expr]:
    return [
        each
        for each in tree.find_all(exp.Avg, exp.Trunc)
        if not each.args.get("decimals") and not each.find_ancestor(exp.Window)
    ]


def written(tree: exp.Expr) -> str:
    """A tree as text of DuckDB's."""
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise QueryFailed(f"ERROR: The emulator cannot translate this statement: {error}") from error


def _node(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.CurrentTimestamp():
            return exp.maybe_parse(_UTC, dialect="duckdb")
        case exp.SimilarTo():
            return _similar(node)
        case exp.Insert() if isinstance(node.parent, exp.When):
            return _inserted(node)
        case exp.Cast() if node.args["to"].this in TEXTS and node.args["to"].expressions:
            # A text that is too long for the type is cut off.
            whole = exp.cast(node.this, "VARCHAR", copy=False)
            return exp.Anonymous(
                this="left", expressions=[whole, exp.Literal.number(node.args["to"].expressions[0].name)]
            )
        case exp.Like() | exp.ILike() if not isinstance(node.parent, exp.Escape) and "\\" in node.expression.name:
            return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))
        case exp.RegexpReplace():
            # Redshift replaces every occurrence.
            node.set("modifiers", exp.Literal.string("g"))
            return node
        case exp.DataType():
            return _type(node)
        case exp.ParseJSON():
            return exp.cast(node.this, "JSON")
        case _:
            return node


def _type(node: exp.DataType) -> exp.Expr:
    kinds = exp.DataType.Type
    match node.this:
        case kinds.SUPER:
            return exp.DataType.build("JSON")
        case kinds.VARBINARY:
            return exp.DataType.build("BLOB")
        case kinds.GEOMETRY | kinds.GEOGRAPHY | kinds.HLLSKETCH:
            raise not_supported(f"values of the type {node.this.value.lower()}")
        case _:
            return node


def _similar(node: exp.SimilarTo) -> exp.Expr:
    pattern = node.expression
    if not isinstance(pattern, exp.Literal):
        raise not_supported("SIMILAR TO with a pattern that is no literal")
    regular = re.sub(r"(?<!\\)%", ".*", re.sub(r"(?<!\\)_", ".", pattern.name))
    return exp.Anonymous(this="regexp_full_match", expressions=[node.this, exp.Literal.string(regular)])


def _inserted(node: exp.Insert) -> exp.Expr:
    """What `MERGE` inserts, of which sqlglot takes `VALUES` for a function where no columns are named."""
    found = node.this.expressions if isinstance(node.this, exp.Tuple) else []
    values = found[0] if len(found) == 1 else None
    if isinstance(values, exp.Anonymous) and str(values.this).upper() == "VALUES":
        node.set("this", None)
        node.set("expression", exp.Tuple(expressions=values.expressions))
    return node


def _whole_mean(given: exp.Expr) -> exp.Expr:
    """The mean of integers, which no other type has: bits are theirs alone."""
    text = given.sql(dialect="duckdb").removeprefix("DISTINCT ")
    kind = "DISTINCT " if isinstance(given, exp.Distinct) else ""
    form = f"CAST(sum({kind}{text}) // count({kind}{text}) AS BIGINT) + 0 * COALESCE(bits_of({text}), 0)"
    tree = cast(exp.Expr, exp.maybe_parse(form, dialect="duckdb"))
    for bits in tree.find_all(exp.Anonymous):
        if bits.this == "bits_of":
            # By this name, sqlglot would turn any number into a whole one before.
            bits.set("this", "bit_and")
    return exp.paren(tree, copy=False)


def _day(given: exp.Expr) -> exp.Expr:
    """The day of a time; of nothing else is there one."""
    return cast(
        exp.Expr, exp.maybe_parse(f"CAST(date_trunc('day', {given.sql(dialect='duckdb')}) AS DATE)", dialect="duckdb")
    )


def name_columns(tree: exp.Expr) -> None:
    """Give every column of a query without a name the one that Redshift gives it: that of its function."""
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    named: list[exp.Expr] = []
    for each in select.expressions:
        if isinstance(each, exp.Alias | exp.Star | exp.Column) or each.is_star:
            named.append(each)
        else:
            named.append(exp.alias_(each, _name_of(each), quoted=True))
    select.set("expressions", named)


def _name_of(node: exp.Expr) -> str:
    match node:
        case exp.Cast() | exp.Paren() | exp.Window():
            return _name_of(node.this)
        case exp.Column():
            return node.name
        case exp.Anonymous():
            return str(node.this).lower()
        case exp.CurrentTimestamp():
            return "getdate"
        case exp.Case():
            return "case"
        case exp.Binary() | exp.Connector() | exp.Predicate():
            return "?column?"
        case exp.Func():
            return node.sql_name().lower()
        case _:
            return "?column?"
