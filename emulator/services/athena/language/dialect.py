"""Queries of Athena as queries of DuckDB."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, cast

from sqlglot import exp, parse
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.language import date_formats, functions
from emulator.services.athena.language.expressions import applied, call, digits_of, filled, of_all, of_entry, unit_of

_TYPED = (
    "COALESCE", "IF", "NULLIF", "TRY", "ARRAY", "MAP", "ROW", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE",
)  # fmt: skip
_FITTING = (
    exp.And, exp.Or, exp.Xor, exp.Not, exp.Cast, exp.TryCast, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Try,
    exp.Array, exp.Map, exp.Struct, exp.Extract, exp.Trim, exp.StrPosition, exp.Exists, exp.ParseJSON,
    exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp, exp.GroupConcat, exp.Interval, exp.Unnest, exp.VarMap,
    exp.Explode, exp.JSONExtract, exp.Substring, exp.AtTimeZone, exp.Chr, exp.Ceil, exp.Floor,
)  # fmt: skip
_BUILDERS: dict[str, Any] = Trino.Parser.FUNCTIONS  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_MOST_OPEN = 6
_FIELDS = {"dow": "isodow", "day_of_week": "isodow", "doy": "doy", "day_of_year": "doy", "yow": "isoyear",
           "year_of_week": "isoyear", "day_of_month": "day", "week": "week"}  # fmt: skip
_CLOCK = frozenset(("date_format", "format_datetime", "date_trunc", "hour", "minute", "day", "month", "year", "date",
                    "day_of_week", "dow", "to_iso8601"))  # fmt: skip


class AthenaQueries(Trino):
    """Trino's grammar, in which functions keep the names by which the query calls them."""

    class Parser(Trino.Parser):
        """Most functions stay what they are called."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {name: _BUILDERS[name] for name in _TYPED}


def parse_query(sql: str) -> exp.Expr:
    """The tree of one statement; raises QueryFailed."""
    try:
        trees = [tree for tree in parse(sql, dialect=AthenaQueries) if tree is not None]
    except (ParseError, TokenError) as error:
        found: list[dict[str, Any]] = getattr(error, "errors", None) or [{}]
        said = found[0]
        place = f"line {said.get('line', 1)}:{said.get('col', 1)}: "
        raise QueryFailed(f"SYNTAX_ERROR: {place}{said.get('description') or error}") from error
    if len(trees) != 1:
        raise QueryFailed("Only one sql statement is allowed.")
    return trees[0]


class Translation:
    """A query in DuckDB's words.

    Args:
        tree: The query; it is changed.
    """

    def __init__(self, tree: exp.Expr) -> None:
        self.macros: set[str] = set()
        self._open: list[tuple[Sequence[exp.Expr], Sequence[str]]] = []
        _refuse(tree)
        _name_columns(tree)
        self._tree = self._translated(tree)

    def candidates(self) -> Iterator[str]:
        """The query, in every way that it can be meant; the first that DuckDB accepts is the right one."""
        for chosen in itertools.product((0, 1), repeat=min(len(self._open), _MOST_OPEN)):
            yield self._written(chosen)

    def _written(self, chosen: Sequence[int]) -> str:
        def put(node: exp.Expr) -> exp.Expr:
            found = re.fullmatch(r"open_(\d+)", str(node.this)) if isinstance(node, exp.Placeholder) else None
            if not found:
                return node
            place = int(found[1])
            given, forms = self._open[place]
            return filled(forms[chosen[place] if place < _MOST_OPEN else 0], [each.transform(put) for each in given])

        try:
            return self._tree.transform(put).sql(
                dialect="duckdb", normalize_functions=False, unsupported_level=ErrorLevel.RAISE
            )
        except UnsupportedError as error:
            raise QueryFailed(f"The emulator cannot translate this query: {error}") from error

    def _translated(self, tree: exp.Expr) -> exp.Expr:
        def visit(node: exp.Expr) -> exp.Expr:
            for name, child in list(node.args.items()):
                if isinstance(child, exp.Expr):
                    node.set(name, visit(child))
                elif isinstance(child, list):
                    parts = cast(list[Any], child)
                    node.set(name, [visit(each) if isinstance(each, exp.Expr) else each for each in parts])
            return self._node(node)

        return visit(tree)

    def _node(self, node: exp.Expr) -> exp.Expr:
        match node:
            case exp.Anonymous():
                return self._function(str(node.this).lower(), list(node.expressions), node)
            case exp.TryCast():
                return self._cast(node)
            case exp.Cast():
                return self._cast(node)
            case exp.Extract():
                field = str(node.this.name).lower()
                node.set("this", exp.var(_FIELDS.get(field, field)))
                return node
            case exp.Add() | exp.Sub() if isinstance(node.expression, exp.Interval):
                self.macros.add("athena_shift")
                shift = node.expression if isinstance(node, exp.Add) else exp.Neg(this=exp.paren(node.expression))
                return call("athena_shift", node.this, shift)
            case exp.Unnest():
                return self._unnested(node)
            case exp.Struct() if not any(isinstance(each, exp.PropertyEQ) for each in node.expressions):
                return call("row", *node.expressions)
            case exp.AtTimeZone():
                instant = exp.cast(node.this, "timestamptz")
                return exp.AtTimeZone(this=exp.paren(instant), zone=node.args["zone"])
            case exp.Bracket() if isinstance(node.this.unnest(), exp.Struct | exp.Cast | exp.Anonymous) and _is_row(
                node
            ):
                raise QueryFailed("The emulator finds fields of rows by their names only.")
            case exp.StrPosition() if node.args.get("position") or node.args.get("occurrence"):
                raise QueryFailed("The emulator translates strpos with two arguments only.")
            case _:
                return node

    def _cast(self, node: exp.Expr) -> exp.Expr:
        to = cast(exp.DataType, node.args["to"])
        for part in to.find_all(exp.DataType):
            if part.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIME):
                part.set("expressions", [])
            elif part.this in (exp.DataType.Type.IPADDRESS, exp.DataType.Type.HLLSKETCH):
                raise QueryFailed(f"The emulator has no values of type {part.sql('trino')}.")
        kind = to.this
        if kind == exp.DataType.Type.DECIMAL and not to.expressions:
            to.set("expressions", digits_of(node.this))
        if kind == exp.DataType.Type.JSON and not isinstance(node, exp.TryCast):
            return call("to_json", node.this)
        if kind == exp.DataType.Type.VARCHAR or kind == exp.DataType.Type.CHAR or kind == exp.DataType.Type.TEXT:
            self.macros.add("athena_varchar")
            text: exp.Expr = call("athena_varchar", node.this)
            if to.expressions:
                text = call("left", text, exp.Literal.number(to.expressions[0].name))
            return text
        return node

    def _function(self, name: str, given: list[exp.Expr], node: exp.Expr) -> exp.Expr:
        count = len(given)
        special: Callable[..., exp.Expr] | None = getattr(self, f"_{name}", None)
        if special is not None:
            return special(*given)
        if name in functions.VARIANTS:
            return self._either(given, *functions.VARIANTS[name])
        form = functions.EXPRESSIONS.get(f"{name}_{count}") or functions.EXPRESSIONS.get(name)
        if form is not None:
            self.macros.update(each for each in functions.MACROS if each in form)
            wanted = 1 + max((int(place) for place in re.findall(r"\{(\d)\}", form)), default=-1)
            if name in ("approx_distinct",):
                given = given[:1]
            elif count != wanted:
                raise QueryFailed(f"The emulator translates {name} with {wanted} arguments only, not with {count}.")
            return filled(form, given)
        if any(isinstance(each, exp.Lambda) for each in given):
            raise QueryFailed(f"The emulator does not translate {name} with a lambda.")
        if name in functions.SAME or name in functions.RENAMED:
            node.set("this", functions.RENAMED.get(name, name))
            return node
        raise QueryFailed(f"The emulator does not translate the function {name}.")

    def _either(self, given: Sequence[exp.Expr], *forms: str) -> exp.Expr:
        """What is meant by the kind of the arguments, which DuckDB knows."""
        self._open.append((list(given), forms))
        return exp.Placeholder(this=f"open_{len(self._open) - 1}")

    def _unnested(self, node: exp.Unnest) -> exp.Expr:
        """Arrays side by side, maps as keys and values, rows as their fields; it sees what precedes it."""
        alias = cast("exp.TableAlias | None", node.args.get("alias"))
        names = [column.copy() for column in alias.columns] if alias else []
        offset = node.args.get("offset")
        if isinstance(offset, exp.Identifier):
            names.append(offset.copy())
        given = list(node.expressions)
        wanted = len(names) - bool(offset)
        if not names or wanted == len(given):
            columns = [call("unnest", each) for each in given]
            lengths = [call("len", each) for each in given]
        elif len(given) == 1:
            columns = [self._either(given, "unnest(map_entries({0}), max_depth := 2)", "unnest({0}, max_depth := 2)")]
            lengths = [self._either(given, "len(map_keys({0}))", "len({0})")]
        else:
            raise QueryFailed("SYNTAX_ERROR: Column alias list and relation have different numbers of columns")
        if offset:
            longest = lengths[0] if len(lengths) == 1 else call("greatest", *lengths)
            columns.append(filled("unnest(range(1, {0} + 1))", [longest]))
        table = alias.this.copy() if alias and alias.this else exp.to_identifier("unnested")
        kept = exp.TableAlias(this=table, columns=names)
        query = exp.Subquery(this=exp.select(*columns), alias=None)
        if isinstance(node.parent, exp.From):
            query.set("alias", kept)
            return query
        return exp.Lateral(this=query, alias=kept)

    def _try(self, given: exp.Expr) -> exp.Expr:
        return call("try", given)

    def _date_parse(self, text: exp.Expr, form: exp.Expr) -> exp.Expr:
        return call("strptime", text, date_formats.mysql(form))

    def _date_format(self, time: exp.Expr, form: exp.Expr) -> exp.Expr:
        return call("strftime", time, date_formats.mysql(form))

    def _parse_datetime(self, text: exp.Expr, form: exp.Expr) -> exp.Expr:
        return exp.cast(call("strptime", text, date_formats.java(form)), "timestamptz")

    def _format_datetime(self, time: exp.Expr, form: exp.Expr) -> exp.Expr:
        return call("strftime", time, date_formats.java(form))

    def _date_add(self, unit: exp.Expr, value: exp.Expr, time: exp.Expr) -> exp.Expr:
        self.macros.add("athena_shift")
        return filled("athena_shift({0}, ({1}) * INTERVAL 1 " + unit_of(unit) + ")", [time, value])

    def _date_diff(self, unit: exp.Expr, start: exp.Expr, end: exp.Expr) -> exp.Expr:
        return filled(f"date_sub('{unit_of(unit)}', {{0}}, {{1}})", [start, end])

    def _date_trunc(self, unit: exp.Expr, time: exp.Expr) -> exp.Expr:
        self.macros.add("athena_trunc")
        return call("athena_trunc", exp.Literal.string(unit_of(unit)), time)

    def _to_iso8601(self, time: exp.Expr) -> exp.Expr:
        self.macros.add("athena_iso8601")
        return call("athena_iso8601", time)

    def _at_timezone(self, time: exp.Expr, zone: exp.Expr) -> exp.Expr:
        return exp.AtTimeZone(this=exp.paren(exp.cast(time, "timestamptz")), zone=zone)

    def _sequence(self, *given: exp.Expr) -> exp.Expr:
        name = "athena_sequence" if len(given) == 2 else "athena_sequence_by"
        self.macros.add(name)
        return call(name, *given)

    def _concat(self, *given: exp.Expr) -> exp.Expr:
        if len(given) < 2:
            raise QueryFailed("There must be two or more concatenation arguments")
        tree = given[0]
        for each in given[1:]:
            tree = exp.DPipe(this=tree, expression=each)
        return exp.paren(tree)

    def _greatest(self, *given: exp.Expr) -> exp.Expr:
        return of_all("greatest", given)

    def _least(self, *given: exp.Expr) -> exp.Expr:
        return of_all("least", given)

    def _substr(self, *given: exp.Expr) -> exp.Expr:
        return call("substring", *given)

    _substring = _substr

    def _format(self, form: exp.Expr, *given: exp.Expr) -> exp.Expr:
        if not isinstance(form, exp.Literal) or set(re.findall(r"%[-,0-9.]*([^-,0-9.])", form.name)) - set("sdf%"):
            raise QueryFailed("The emulator translates format with %s, %d and %f in a literal only.")
        kinds = [kind for kind in re.findall(r"%[-,0-9.]*([^-,0-9.])", form.name) if kind != "%"]
        return call("printf", form, *(
            exp.cast(each, "varchar") if kind == "s" else each for each, kind in zip(given, kinds, strict=False)
        ))  # fmt: skip

    def _regexp_replace(self, *given: exp.Expr) -> exp.Expr:
        text, pattern, *rest = given
        by = rest[0] if rest else exp.Literal.string("")
        if not isinstance(by, exp.Literal):
            raise QueryFailed("The emulator translates regexp_replace with a literal as replacement only.")
        words = re.sub(r"\$(\d)", r"\\\1", by.name.replace("\\", "\\\\"))
        return call("regexp_replace", text, pattern, exp.Literal.string(words), exp.Literal.string("g"))

    def _reduce(self, array: exp.Expr, first: exp.Expr, step: exp.Expr, last: exp.Expr) -> exp.Expr:
        return filled("list_transform([list_reduce({0}, {1}, {2})], {3})[1]", [array, step, first, last])

    def _zip_with(self, one: exp.Expr, other: exp.Expr, body: exp.Expr) -> exp.Expr:
        at = filled("{0}[i]", [one]), filled("{0}[i]", [other])
        form = "list_transform(range(1, greatest(len({0}), len({1})) + 1), lambda i: {2})"
        return filled(form, [one, other, applied(body, at)])

    def _map_filter(self, given: exp.Expr, body: exp.Expr) -> exp.Expr:
        return filled("map_from_entries(list_filter(map_entries({0}), lambda e: {1}))", [given, of_entry(body)])

    def _transform_values(self, given: exp.Expr, body: exp.Expr) -> exp.Expr:
        form = "map_from_entries(list_transform(map_entries({0}), lambda e: ROW(e.key, {1})))"
        return filled(form, [given, of_entry(body)])

    def _transform_keys(self, given: exp.Expr, body: exp.Expr) -> exp.Expr:
        form = "map_from_entries(list_transform(map_entries({0}), lambda e: ROW({1}, e.value)))"
        return filled(form, [given, of_entry(body)])


def _is_row(node: exp.Bracket) -> bool:
    given = node.this.unnest()
    if isinstance(given, exp.Cast):
        return given.args["to"].this == exp.DataType.Type.STRUCT
    return not isinstance(given, exp.Anonymous) or str(given.this).lower() == "row"


def _refuse(tree: exp.Expr) -> None:
    """Raise QueryFailed for what DuckDB would take for something else."""
    for node in tree.walk():
        if isinstance(node, exp.Func) and not isinstance(node, (exp.Anonymous, exp.AggFunc, *_FITTING)):
            raise QueryFailed(f"The emulator does not translate {node.sql_name()}.")
        if isinstance(node, exp.MatchRecognize):
            raise QueryFailed("The emulator does not translate MATCH_RECOGNIZE.")
        if isinstance(node, exp.AtTimeZone) and not _shown_by_clock(node):
            raise QueryFailed(
                "The emulator converts to a time zone inside of CAST, date_format and the like only: its values"
                " have no zone of their own."
            )


def _shown_by_clock(node: exp.Expr) -> bool:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Cast | exp.Extract) or (
        isinstance(parent, exp.Anonymous) and str(parent.this).lower() in _CLOCK
    )


def _name_columns(tree: exp.Expr) -> None:
    """Give every column without a name the one that Athena gives it: `_col0`, `_col1`, …"""
    for select in list(tree.find_all(exp.Select)):
        named: list[exp.Expr] = []
        for place, each in enumerate(select.expressions):
            bare = each.this if isinstance(each, exp.Paren) else each
            if isinstance(each, exp.Alias | exp.Star | exp.Column) or each.is_star:
                named.append(each)
            elif isinstance(bare, exp.Dot) and isinstance(bare.expression, exp.Identifier):
                named.append(exp.alias_(each, bare.expression.name, quoted=True))
            else:
                named.append(exp.alias_(each, f"_col{place}", quoted=True))
        select.set("expressions", named)
