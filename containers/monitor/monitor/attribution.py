"""Whether features count as much for the answers as they did: the order of attributions, as Clarify compares it.

See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy
from numpy.typing import NDArray
from scipy.stats import gamma

from monitor.settings import Settings
from monitor.verdicts import State, Verdict, by_chance

Floats = NDArray[numpy.float64]

_DRAWS = 4_000
_SEED = 14


@dataclass(frozen=True)
class Attributions:
    """How much features count, in the order of their names.

    Args:
        features: Their names.
        means: Mean absolute attributions.
        errors: Standard errors of these.
        rows: How many rows they are of.
    """

    features: Sequence[str]
    means: Sequence[float]
    errors: Sequence[float]
    rows: int


def attributions_of(
    connection: duckdb.DuckDBPyConnection, relation: str, expressions: Mapping[str, str]
) -> Attributions | None:
    """Mean absolute attributions by feature; None where there are no rows. Rows with one that is no number are none.

    Args:
        connection: DuckDB's.
        relation: A relation with the attributions.
        expressions: The expression that gives the text of each feature's.
    """
    values = [f"abs(try_cast({each} AS DOUBLE)) AS a{place}" for place, each in enumerate(expressions.values())]
    parts = [f"avg(a{place}), stddev_samp(a{place})" for place in range(len(values))]
    whole = " AND ".join(f"isfinite(a{place})" for place in range(len(values)))
    [[rows, *found]] = connection.execute(
        f"SELECT count(*), {', '.join(parts)} FROM (SELECT {', '.join(values)} FROM {relation}) WHERE {whole}"
    ).fetchall()
    if rows < 2:
        return None
    errors = [float(each) / math.sqrt(rows) for each in found[1::2]]
    return Attributions([*expressions], [float(each) for each in found[::2]], errors, int(rows))


def similarity(before: Sequence[float] | Floats, now: Sequence[float] | Floats) -> float:
    """The normalised discounted cumulative gain of the order of features now; gains are the attributions before."""
    gains, order = numpy.asarray(before, dtype=numpy.float64), numpy.argsort(-numpy.asarray(now), kind="stable")
    discounts = 1 / numpy.log2(numpy.arange(len(gains)) + 2)
    ideal = float((numpy.sort(gains)[::-1] * discounts).sum())
    return float((gains[order] * discounts).sum()) / ideal if ideal else 1.0


def attribution_draft(before: Attributions, now: Attributions, settings: Settings) -> Verdict:
    """Whether the order has drifted: the loss of similarity is beyond its threshold, and beyond chance.

    What chance makes of it is drawn, with features that count as before and errors as large as now.
    """
    place = {name: number for number, name in enumerate(before.features)}
    shared = [name for name in now.features if name in place]
    gains = numpy.asarray([before.means[place[name]] for name in shared])
    means, errors = (
        numpy.asarray([listed[number] for number, name in enumerate(now.features) if name in place])
        for listed in (now.means, now.errors)
    )
    wide = numpy.hypot(errors, [before.errors[place[name]] for name in shared])
    ndcg = similarity(gains, means)
    draws = gains + wide * numpy.random.default_rng(_SEED).normal(size=(_DRAWS, len(gains)))
    losses = numpy.asarray([1 - similarity(gains, each) for each in draws])
    p_value = _beyond(losses, 1 - ndcg)
    says = (
        f"attributions rank as before by {ndcg:.3f} (threshold {settings.least_ndcg:g};"
        f" {by_chance(p_value, now.rows)}); {_moved(shared, gains, means)}"
    )
    state: State = "fine" if now.rows >= settings.minimum_rows else "not enough"
    if state == "not enough":
        says = f"{now.rows} rows with attributions are not enough to say"
    return Verdict("attributions", "attribution", state, 1 - ndcg, 1 - settings.least_ndcg, p_value, now.rows, says)


def document(found: Attributions) -> dict[str, Any]:
    """It as JSON."""
    return {
        "rows": found.rows,
        "features": {
            name: [mean, error] for name, mean, error in zip(found.features, found.means, found.errors, strict=True)
        },
    }


def attributions_from(given: Mapping[str, Any]) -> Attributions:
    """Attributions of their document."""
    features: Mapping[str, Sequence[float]] = given["features"]
    return Attributions(
        [*features], [each[0] for each in features.values()], [each[1] for each in features.values()], given["rows"]
    )


def _beyond(drawn: Floats, loss: float) -> float:
    """How often chance loses as much; far out by a gamma distribution of the same mean and variance."""
    mean, variance = float(drawn.mean()), float(drawn.var())
    if loss <= mean:
        return float((drawn >= loss).mean())
    if not variance:
        return 0.0
    return float(gamma.sf(loss, mean**2 / variance, scale=variance / mean))


def _moved(names: Sequence[str], before: Floats, now: Floats) -> str:
    ranks = [numpy.argsort(numpy.argsort(-each, kind="stable"), kind="stable") for each in (before, now)]
    # Those count most that counted most at either time.
    furthest = numpy.argsort(-numpy.abs(ranks[0] - ranks[1]) * numpy.maximum(before / before.max(), now / now.max()))
    named = [f"{names[each]} from {ranks[0][each] + 1} to {ranks[1][each] + 1}" for each in furthest[:3]
             if ranks[0][each] != ranks[1][each]]  # fmt: skip
    return "ranks moved: " + ", ".join(named) if named else "no rank has moved"
