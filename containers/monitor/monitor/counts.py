"""Counts of rows by the bins and categories of a baseline: one query, however many features there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from monitor.engine import text
from monitor.reference.baseline import FeatureBaseline, NumberCounts

COLUMNS_A_PASS = 200
"""So many columns are looked at together: planning a query takes longer than in proportion to its aggregates."""
_NEW_ONES_NAMED = 5


@dataclass(frozen=True)
class FeatureCounts:
    """What rows have of one feature.

    Args:
        rows: All rows.
        missing: Rows without a value.
        unreadable: Rows with a value that is no number where a number is wanted.
        counts: Rows by the bins of the baseline, or by its categories, the unlisted ones last.
        centres: Mean value of the first and the last bin, which have no edge outside; None while they are empty.
        mean: Of all numbers.
        deviation: Standard deviation of all numbers.
        minimum: The smallest number.
        maximum: The largest number.
        outside: Numbers below the smallest or above the largest of the baseline.
        fractions: Numbers that are no whole ones.
        distinct: About how many values differ.
        new: The most frequent values that the baseline does not list, with about how often each is there.
    """

    rows: int
    missing: int
    unreadable: int
    counts: Sequence[int]
    centres: tuple[float | None, float | None] = (None, None)
    mean: float | None = None
    deviation: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    outside: int = 0
    fractions: int = 0
    distinct: int = 0
    new: Sequence[str] = ()


@dataclass(frozen=True)
class HourCounts:
    """What rows of one hour have of a feature: all rows, those without a value, the others by bin or category."""

    rows: int
    missing: int
    counts: Sequence[int]


@dataclass(frozen=True)
class RowCounts:
    """What one pass over rows has counted: each feature by its name, and what was asked for beside them."""

    features: Mapping[str, FeatureCounts]
    beside: Mapping[str, Any]


def count_rows(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, FeatureBaseline],
    counted: str = "true",
    beside: Mapping[str, str] | None = None,
) -> RowCounts:
    """Counts of each feature, in one pass over the rows, or in one for every 200 features.

    Args:
        connection: DuckDB's.
        relation: A view with the rows.
        columns: The feature that each expression of the relation is; expressions give text.
        counted: Which rows are rows of features.
        beside: Aggregates over the relation, by name.
    """
    asked = {} if beside is None else dict(beside)
    every = list(columns.items())
    found: dict[str, Any] = {}
    features: dict[str, FeatureCounts] = {}
    for start in range(0, max(len(every), 1), COLUMNS_A_PASS):
        # The first pass counts what is asked beside the features.
        part, more = every[start : start + COLUMNS_A_PASS], asked if start == 0 else {}
        row = _one_row(connection, _query(relation, part, counted, more))
        found |= {name: row[name] for name in more}
        features |= {
            feature.name: (_number if feature.numbers else _category)(number, feature, row)
            for number, (_, feature) in enumerate(part)
        }
    return RowCounts(features, found)


def count_hours(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, FeatureBaseline], moment: str
) -> Mapping[str, Mapping[datetime, HourCounts]]:
    """Counts of each feature by its name and by the hour that an expression of the relation gives.

    Rows of which it gives none are left out.
    """
    every = list(columns.items())
    found: dict[str, dict[datetime, HourCounts]] = {feature.name: {} for feature in columns.values()}
    for start in range(0, len(every), COLUMNS_A_PASS):
        part = every[start : start + COLUMNS_A_PASS]
        values, parts = [f"date_trunc('hour', {moment}) AS hour"], ["hour", "count(*)"]
        for number, (expression, feature) in enumerate(part):
            if feature.numbers:
                values += _number_values(number, expression)
                parts += [f"count(v{number})", f"histogram(v{number}, {_edges(feature.numbers)})"]
            else:
                values += _category_values(number, expression, feature)
                parts += [f"count(v{number})", f"histogram(known{number})"]
        inner = f"SELECT {', '.join(values)} FROM {relation}"
        query = f"SELECT {', '.join(parts)} FROM ({inner}) WHERE hour IS NOT NULL GROUP BY hour"
        for hour, rows, *counted in connection.execute(query).fetchall():
            for (_, feature), given, bins in zip(part, counted[::2], counted[1::2], strict=True):
                known: Mapping[Any, int] = bins or {}
                listed: Sequence[Any] = (
                    [float(each) for each in feature.numbers.edges] if feature.numbers else [*feature.categories]
                )
                counts = [int(known.get(each, 0)) for each in listed]
                found[feature.name][hour] = HourCounts(rows, rows - given, [*counts, given - sum(counts)])
    return found


def _query(
    relation: str, columns: Sequence[tuple[str, FeatureBaseline]], counted: str, beside: Mapping[str, str]
) -> str:
    # Values are converted once, below what counts them.
    values = ["*"]
    parts = [f"count(*) FILTER ({counted}) AS rows", *(f"{each} AS {name}" for name, each in beside.items())]
    for number, (given, feature) in enumerate(columns):
        expression = given if counted == "true" else f"CASE WHEN {counted} THEN {given} END"
        if feature.numbers:
            values += _number_values(number, expression)
            parts += _of_number(number, feature.numbers)
        else:
            values += _category_values(number, expression, feature)
            parts += _of_category(number)
    return f"SELECT {', '.join(parts)} FROM (SELECT {', '.join(values)} FROM {relation})"


def _one_row(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    cursor = connection.execute(query)
    names = [str(each[0]) for each in cursor.description or ()]
    [row] = cursor.fetchall()
    return dict(zip(names, row, strict=True))


def _edges(numbers: NumberCounts) -> str:
    return f"[{', '.join(repr(float(each)) for each in numbers.edges)}]::DOUBLE[]"


# A FILTER of each aggregate would be much slower: DuckDB then copies all columns for each of them.
def _number_values(number: int, expression: str) -> list[str]:
    value = f"try_cast({expression} AS DOUBLE)"
    return [
        f"CASE WHEN isfinite({value}) THEN {value} END AS v{number}",
        # What is a number is no empty text, which is slower to find out.
        f"CASE WHEN {value} IS NULL AND trim({expression}) <> '' OR NOT isfinite({value}) THEN 1 END AS bad{number}",
    ]


def _of_number(number: int, numbers: NumberCounts) -> list[str]:
    edges = [float(each) for each in numbers.edges]
    first, last = (repr(edges[0]), repr(edges[-1])) if edges else ("'infinity'::DOUBLE", "'infinity'::DOUBLE")
    v = f"v{number}"
    return [
        f"count({v}) AS numbers_{number}",
        f"count(bad{number}) AS bad_{number}",
        f"histogram({v}, {_edges(numbers)}) AS counts_{number}",
        f"avg(CASE WHEN {v} <= {first} THEN {v} END) AS below_{number}",
        f"avg(CASE WHEN {v} > {last} THEN {v} END) AS above_{number}",
        f"avg({v}) AS mean_{number}",
        f"stddev_pop({v}) AS deviation_{number}",
        f"min({v}) AS minimum_{number}",
        f"max({v}) AS maximum_{number}",
        f"count(CASE WHEN {v} < {numbers.minimum!r} OR {v} > {numbers.maximum!r} THEN 1 END) AS outside_{number}",
        f"count(CASE WHEN {v} <> trunc({v}) THEN 1 END) AS fractions_{number}",
        f"approx_count_distinct({v}) AS distinct_{number}",
    ]


def _category_values(number: int, expression: str, feature: FeatureBaseline) -> list[str]:
    known = ", ".join(text(each) for each in feature.categories)
    given = f"nullif({expression}, '')"
    listed = f"{given} IN ({known})" if known else "false"
    return [
        f"{given} AS v{number}",
        f"CASE WHEN {listed} THEN {given} END AS known{number}",
        f"CASE WHEN NOT {listed} THEN {given} END AS new{number}",
    ]


def _of_category(number: int) -> list[str]:
    return [
        f"count(v{number}) AS given_{number}",
        f"histogram(known{number}) AS counts_{number}",
        f"approx_count_distinct(v{number}) AS distinct_{number}",
        f"approx_top_k(new{number}, {_NEW_ONES_NAMED}) AS new_{number}",
    ]


def _number(number: int, feature: FeatureBaseline, found: Mapping[str, Any]) -> FeatureCounts:
    numbers = feature.numbers
    assert numbers
    counted: Mapping[float, int] = found[f"counts_{number}"] or {}
    counts = [int(counted.get(float(edge), 0)) for edge in numbers.edges]
    rows, given, bad = int(found["rows"]), int(found[f"numbers_{number}"]), int(found[f"bad_{number}"])
    return FeatureCounts(
        rows=rows,
        missing=rows - given - bad,
        unreadable=bad,
        counts=[*counts, given - sum(counts)],
        centres=(found[f"below_{number}"], found[f"above_{number}"]),
        mean=found[f"mean_{number}"],
        deviation=found[f"deviation_{number}"],
        minimum=found[f"minimum_{number}"],
        maximum=found[f"maximum_{number}"],
        outside=int(found[f"outside_{number}"]),
        fractions=int(found[f"fractions_{number}"]),
        distinct=int(found[f"distinct_{number}"]),
    )


def _category(number: int, feature: FeatureBaseline, found: Mapping[str, Any]) -> FeatureCounts:
    counted: Mapping[str, int] = found[f"counts_{number}"] or {}
    listed = [int(counted.get(each, 0)) for each in feature.categories]
    rows, given = int(found["rows"]), int(found[f"given_{number}"])
    return FeatureCounts(
        rows=rows,
        missing=rows - given,
        unreadable=0,
        counts=[*listed, given - sum(listed)],
        distinct=int(found[f"distinct_{number}"]),
        new=list(found[f"new_{number}"] or ()),
    )
