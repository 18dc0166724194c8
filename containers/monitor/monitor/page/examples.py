"""A few captured rows that show what is different."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from monitor.counts import FeatureCounts
from monitor.engine import text
from monitor.page.report import Examples
from monitor.reference.baseline import FeatureBaseline
from monitor.verdicts import Verdict

_FEATURES = 8
_COLUMNS = 7
_BYTES = 64 * 1024 * 1024
_SEED = 14


def examples_of(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    found: Sequence[Verdict],
    features: Mapping[str, FeatureBaseline],
    counts: Mapping[str, FeatureCounts],
    columns: Mapping[str, str],
    rows: int,
) -> dict[tuple[str, str], Examples]:
    """Rows of the checks that are furthest beyond their threshold, by feature and check.

    Args:
        connection: DuckDB's.
        relation: Rows that are compared.
        found: What was decided.
        features: With what each feature is compared.
        counts: What rows have of it.
        columns: The expression that gives the text of each.
        rows: How many rows there are of each.
    """
    violations = [each for each in found if each.state == "violation" and each.feature in columns]
    violations.sort(key=lambda each: -each.effect / (each.threshold or 1e-9))
    shown: dict[tuple[str, str], Examples] = {}
    for verdict in violations[:_FEATURES] if rows else ():
        name = verdict.feature
        condition = _condition(verdict, features[name], counts[name], columns[name])
        if condition is None:
            continue
        names = [name, *(each for each in columns if each != name)][:_COLUMNS]
        listed = ", ".join(columns[each] for each in names)
        fetched = connection.execute(
            f"SELECT moment, {listed} FROM {relation} WHERE {condition} LIMIT {rows}"
        ).fetchall()
        shown[name, verdict.check] = Examples(names, [(_moment(each[0]), each[1:]) for each in fetched])
    return shown


def some_of(files: Sequence[Path]) -> Sequence[Path]:
    """Files from all over the window, as many as are small together; always the same ones."""
    order = list(files)
    random.Random(_SEED).shuffle(order)
    kept, total = list[Path](), 0
    for path in order:
        total += path.stat().st_size
        if kept and total > _BYTES:
            break
        kept.append(path)
    return sorted(kept)


def _condition(verdict: Verdict, feature: FeatureBaseline, counts: FeatureCounts, given: str) -> str | None:
    number = f"try_cast({given} AS DOUBLE)"
    known = ", ".join(text(each) for each in feature.categories)
    new = f"{given} <> ''" + (f" AND {given} NOT IN ({known})" if known else "")
    match verdict.check:
        case "missing":
            return f"coalesce(trim({given}), '') = ''"
        case "unreadable":
            return f"{number} IS NULL AND trim({given}) <> ''"
        case "unknown category":
            return new
        case "out of range" if feature.numbers:
            return f"({number} < {feature.numbers.minimum!r} OR {number} > {feature.numbers.maximum!r})"
        case "drift":
            return _where_there_are_more(feature, counts, number, given, new)
        case _:
            return None


def _where_there_are_more(
    feature: FeatureBaseline, counts: FeatureCounts, number: str, given: str, new: str
) -> str | None:
    """The bin or category of which there is most more than there was."""
    before = feature.numbers.counts if feature.numbers else [*feature.categories.values(), feature.others]
    total_before, total = sum(before), sum(counts.counts)
    if not total_before or not total:
        return None
    more = [now / total - was / total_before for was, now in zip(before, counts.counts, strict=True)]
    place = more.index(max(more))
    if not feature.numbers:
        names = [*feature.categories]
        return f"{given} = {text(names[place])}" if place < len(names) else new
    edges = [float(each) for each in feature.numbers.edges]
    above = f"{number} > {edges[place - 1]!r}" if place else "true"
    below = f"{number} <= {edges[place]!r}" if place < len(edges) else "true"
    return f"{number} IS NOT NULL AND {above} AND {below}"


def _moment(given: datetime | None) -> str:
    return "at no time" if given is None else f"{given:%Y-%m-%dT%H:%M:%SZ}"
