"""A baseline of rows: training data, or what was captured while all was well."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from monitor.counts import COLUMNS_A_PASS, FeatureCounts, count_hours, count_rows
from monitor.engine import quoted, text
from monitor.reference.baseline import FeatureBaseline, NumberCounts
from monitor.reference.hours import Season, with_hours
from monitor.settings import Settings, SettingsError

_BINS = 64
_SEASONAL_COLUMNS = 200
_CATEGORIES = 100
MOST_COLUMNS = 1_000
"""So many columns fit into the memory of a job."""
# So few whole numbers are names rather than amounts.
_MOST_NAMES = 12
_READERS: Mapping[str, str] = {
    ".csv": "read_csv({}, header = true, all_varchar = true, union_by_name = true)",
    ".parquet": "read_parquet({}, union_by_name = true)",
    ".jsonl": "read_json({}, format = 'newline_delimited', union_by_name = true)",
}


def training_rows(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> list[str]:
    """Make a table of the files of a folder, all of one format, with every column as text; the names of its columns.

    Raises SettingsError when there is none that can be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    endings = {path.suffix for path in files}
    if len(endings) != 1 or not endings <= set(_READERS):
        raise SettingsError(
            f"the rows of a baseline are files of one format ({', '.join(_READERS)}), got:"
            f" {', '.join(sorted(endings)) or 'none'}"
        )
    listed = "[" + ", ".join(text(str(path)) for path in files) + "]"
    reader = _READERS[endings.pop()].format(listed)
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
        columns = [str(row[0]) for row in described]
        shown = ", ".join(f"CAST({quoted(each)} AS VARCHAR) AS {quoted(each)}" for each in columns)
        if len(columns) > MOST_COLUMNS:
            raise SettingsError(f"a monitor compares at most {MOST_COLUMNS} columns, got: {len(columns)}")
        # Columns are read one by one afterwards; what does not fit into memory is in files.
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {shown} FROM {reader}")
    except duckdb.Error as error:
        raise SettingsError(f"the rows of the baseline cannot be read: {str(error).splitlines()[0]}") from error
    return columns


def features_of(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    settings: Settings,
    moment: str | None = None,
) -> list[FeatureBaseline]:
    """A baseline of each column.

    Args:
        connection: DuckDB's.
        relation: A view with the rows.
        columns: The name of each feature by the expression that gives its text.
        settings: What the team has decided.
        moment: The expression that gives the time of a row, if rows have any.

    Raises SettingsError when a season is wanted of rows that do not show one.
    """
    drafts: dict[str, FeatureBaseline] = {}
    every = list(columns.items())
    for start in range(0, len(every), COLUMNS_A_PASS):
        part = dict(every[start : start + COLUMNS_A_PASS])
        numbers = _numbers(connection, relation, part, settings)
        drafts |= {
            expression: numbers.get(expression) or _categories(connection, relation, expression, name)
            for expression, name in part.items()
        }
    counts = count_rows(connection, relation, drafts).features
    made = [_counted(draft, counts[draft.name]) for draft in drafts.values()]
    return (
        made
        if moment is None
        else _with_seasons(connection, relation, dict(zip(drafts, made, strict=True)), settings, moment)
    )


def _with_seasons(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    features: Mapping[str, FeatureBaseline],
    settings: Settings,
    moment: str,
) -> list[FeatureBaseline]:
    season = Season(settings.season, settings.time_zone)
    if settings.season != "none":
        if len(features) > _SEASONAL_COLUMNS:
            raise SettingsError(f"a season takes at most {_SEASONAL_COLUMNS} columns, got: {len(features)}")
        [[first, last]] = connection.execute(f"SELECT min({moment}), max({moment}) FROM {relation}").fetchall()
        wanted = timedelta(days=2 if settings.season == "hour of day" else 14)
        # The last hour counts as a whole one.
        if first is None or last - first < wanted - timedelta(hours=1):
            raise SettingsError(
                f"a season by the {settings.season} takes rows of at least {wanted.days} days, got rows"
                + (" without a time" if first is None else f" from {first} to {last}")
            )
    hours = count_hours(connection, relation, features, moment)
    slots = {hour: season.slot(hour) for each in hours.values() for hour in each}
    return [
        with_hours(feature, [(slots[hour], each) for hour, each in sorted(hours[feature.name].items())])
        for feature in features.values()
    ]


def _numbers(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, str], settings: Settings
) -> dict[str, FeatureBaseline]:
    """The columns that are numbers: every value is one, and they are more than the names of a few."""
    shares = [number / _BINS for number in range(1, _BINS)]
    values: list[str] = []
    parts: list[str] = []
    for place, expression in enumerate(columns):
        value = f"try_cast({expression} AS DOUBLE)"
        values += [
            f"CASE WHEN isfinite({value}) THEN {value} END AS v{place}",
            f"CASE WHEN {value} IS NULL AND trim({expression}) <> '' OR NOT isfinite({value}) THEN 1 END"
            f" AS bad{place}",
        ]
        v = f"v{place}"
        parts += [
            f"{{'bad': count(bad{place}), 'given': count({v}), 'distinct': approx_count_distinct({v}),"
            f" 'fractions': count(CASE WHEN {v} <> trunc({v}) THEN 1 END),"
            f" 'quantiles': approx_quantile({v}, {shares}), 'minimum': min({v}), 'maximum': max({v}),"
            f" 'mean': avg({v}), 'deviation': stddev_pop({v})}} AS c{place}"
        ]
    [row] = connection.execute(
        f"SELECT {', '.join(parts)} FROM (SELECT {', '.join(values)} FROM {relation})"
    ).fetchall()
    found: dict[str, FeatureBaseline] = {}
    for (expression, name), each in zip(columns.items(), row, strict=True):
        few = each["distinct"] <= _MOST_NAMES and not each["fractions"]
        if each["given"] and not each["bad"] and not few and name not in settings.categories:
            found[expression] = _number(connection, relation, expression, name, each)
    return found


def _number(
    connection: duckdb.DuckDBPyConnection, relation: str, expression: str, name: str, found: Mapping[str, Any]
) -> FeatureBaseline:
    minimum, maximum = float(found["minimum"]), float(found["maximum"])
    if int(found["distinct"]) <= _BINS:
        # Each value is a bin.
        values = connection.execute(
            f"SELECT DISTINCT v FROM (SELECT try_cast({expression} AS DOUBLE) AS v FROM {relation})"
            " WHERE v IS NOT NULL ORDER BY v"
        ).fetchall()
        centres = [float(each[0]) for each in values]
        edges = centres[:-1]
    else:
        edges = sorted({float(each) for each in found["quantiles"]} - {maximum})
        ends = [minimum, *edges, maximum]
        centres = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    numbers = NumberCounts(edges, [], centres, float(found["mean"]), float(found["deviation"]), minimum, maximum)
    return FeatureBaseline(name, "number", 0, 0, whole=not found["fractions"], numbers=numbers)


def _categories(connection: duckdb.DuckDBPyConnection, relation: str, expression: str, name: str) -> FeatureBaseline:
    rows = connection.execute(
        f"SELECT v, count(*) FROM (SELECT nullif({expression}, '') AS v FROM {relation}) WHERE v IS NOT NULL"
        f" GROUP BY v ORDER BY 2 DESC, v LIMIT {_CATEGORIES}"
    ).fetchall()
    return FeatureBaseline(name, "category", 0, 0, categories={str(value): int(count) for value, count in rows})


def _counted(draft: FeatureBaseline, counts: FeatureCounts) -> FeatureBaseline:
    if draft.numbers is None:
        return replace(draft, rows=counts.rows, missing=counts.missing, others=counts.counts[-1])
    return replace(
        draft, rows=counts.rows, missing=counts.missing, numbers=replace(draft.numbers, counts=list(counts.counts))
    )


def described(features: Iterable[FeatureBaseline]) -> Sequence[str]:
    """A line for each feature, for people."""
    return [
        f"{each.name}: {each.kind}, {each.rows} rows, {each.missing} without a value"
        + (f", {len(each.categories)} categories" if each.categories else "")
        for each in features
    ]
