"""Bias of what was predicted, by facet, and whether it is greater than in the baseline."""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy
from scipy.stats import norm
from scipy.stats import t as student

from monitor.bias.metrics import WITHOUT_TRUTH, Cell, bias_metrics, flip_test, support
from monitor.engine import text
from monitor.quality.metrics import label
from monitor.settings import Settings, SettingsError
from monitor.verdicts import State, Verdict, by_chance

JUDGED = ("CI", "DPL", "CDDL", "DPPL", "CDDPL", "RD", "SD", "DAR", "DRR", "AD", "FT")
"""Metrics that are decided on. Distances are enlarged by chance, quotients have no bounds, and `GE` is of all people
whatever their facet: these are shown."""

_DRAWS = 200
_SEED = 14
_SAMPLE = 4_000
_FEWEST = 30
_PARTS = 12


@dataclass(frozen=True)
class FacetBias:
    """Bias of one facet.

    Args:
        name: The feature.
        value: Which of its values.
        disadvantaged: How many rows are of facet `d`.
        others: How many are of facet `a`.
        metrics: Metrics by name; None where one is not defined.
        deviations: Their standard deviations.
        left_out: What was not looked at, and why.
        support: Of how many rows a metric is, where that is fewer than the facet has.
    """

    name: str
    value: str
    disadvantaged: int = 0
    others: int = 0
    metrics: Mapping[str, float | None] = field(default_factory=dict[str, float | None])
    deviations: Mapping[str, float] = field(default_factory=dict[str, float])
    left_out: Sequence[str] = ()
    support: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def called(self) -> str:
        """The facet in words."""
        return f"{self.name} {self.value}"


def facet_columns(
    settings: Settings, expressions: Mapping[str, str], numbers: Collection[str], rows: int, identity: str
) -> dict[str, str]:
    """Columns that bias takes beside truth and prediction, by name.

    Args:
        settings: What the team has decided.
        expressions: The expression that gives the text of each feature.
        numbers: Names of the features that are numbers.
        rows: How many rows there are; the flip test looks at some of many.
        identity: Expressions that tell rows apart.

    Raises SettingsError when a facet or the group is no feature, and for metrics that nothing decides on.
    """
    found: dict[str, str] = {}
    if strange := sorted({*settings.bias_metrics} - {*JUDGED}):
        raise SettingsError(f"bias_metrics must be among {', '.join(JUDGED)}, got: {', '.join(strange)}")
    unknown = sorted({*settings.facets, *filter(None, [settings.group])} - set(expressions))
    if settings.facets and unknown:
        raise SettingsError(f"facets and group must be features, got: {', '.join(unknown)}")
    for number, (name, values) in enumerate(settings.facets.items()):
        given = expressions[name]
        if isinstance(values, (int, float)):
            found[f"facet{number}"] = f"try_cast({given} AS DOUBLE) > {float(values)!r}"
        else:
            listed = ", ".join(text(str(each)) for each in values)
            found[f"facet{number}"] = f"nullif({given}, '') IN ({listed})"
    if settings.facets:
        found["team"] = f"coalesce({expressions[settings.group]}, '')" if settings.group else "''"
        compared = [name for name in expressions if name not in settings.facets and name != settings.group]
        if compared and all(name in numbers for name in compared):
            values = ", ".join(f"try_cast({expressions[name]} AS DOUBLE)" for name in compared)
            some = max(rows // (5 * _SAMPLE), 1)
            found["numbers"] = f"CASE WHEN hash({identity}) % {some} = 0 THEN [{values}] END"
        else:
            found["numbers"] = "NULL::DOUBLE[]"
    return found


def bias_of(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    settings: Settings,
    *,
    with_truth: bool,
) -> list[FacetBias]:
    """The bias of each facet.

    Args:
        connection: DuckDB's.
        relation: A relation with `truth`, `prediction`, `probability`, and the columns of facets.
        settings: What the team has decided.
        with_truth: Whether there is a truth. Without it, metrics that take none are found.
    """
    told = (
        f"{label('prediction')} = {text(settings.positive)}"
        if settings.prediction
        else (f"probability >= {settings.probability_threshold!r}")
    )
    truth = label("truth") if with_truth else "NULL"
    found: list[FacetBias] = []
    for number, (name, values) in enumerate(settings.facets.items()):
        shown = f"above {values:g}" if isinstance(values, (int, float)) else ", ".join(map(str, values))
        rows = connection.execute(
            f"SELECT facet{number}, team, {truth}, {told}, count(*) FROM {relation} WHERE facet{number} IS NOT NULL"
            f" AND {told} IS NOT NULL GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        cells = [Cell(*each) for each in rows]
        left_out: list[str] = []
        metrics, deviations = _with_draws(cells, settings.positive)
        if not with_truth:
            metrics = {each: metrics.get(each) for each in WITHOUT_TRUTH if each != "FT"}
            left_out.append("metrics that take a truth, as none is known")
        # Some of many, always the same ones.
        sample = connection.execute(
            f"SELECT numbers, facet{number}, {told} FROM {relation} WHERE facet{number} IS NOT NULL"
            f" AND {told} IS NOT NULL AND list_count(numbers) = len(numbers) ORDER BY hash(numbers) LIMIT {_SAMPLE}"
        ).fetchall()
        if sample:
            people, of_d, said = zip(*sample, strict=True)
            table = numpy.asarray(people), numpy.asarray(said), numpy.asarray(of_d)
            metrics["FT"] = flip_test(*table)
            # Neighbours vary as the people do: parts of them show by how much.
            parts = [flip_test(*(each[part::_PARTS] for each in table)) for part in range(_PARTS)]
            known = [each for each in parts if each is not None]
            if len(known) == _PARTS:
                deviations["FT"] = float(numpy.std(known, ddof=1)) / math.sqrt(_PARTS) + 0.5 / int(sum(of_d))
        else:
            left_out.append("FT, as not all features are numbers")
        of_facet = int(sum(each.rows for each in cells if each.disadvantaged))
        others = int(sum(each.rows for each in cells)) - of_facet
        found.append(
            FacetBias(name, shown, of_facet, others, metrics, deviations, left_out, support(cells, settings.positive))
        )
    return found


def bias_drafts(before: Sequence[FacetBias], now: Sequence[FacetBias], settings: Settings) -> list[Verdict]:
    """Whether metrics have moved away from 0 further than in the baseline."""
    was = {each.called: each for each in before}
    found: list[Verdict] = []
    for facet in now:
        known = was.get(facet.called)
        if known is None:
            continue
        few = min(facet.disadvantaged, facet.others) < _FEWEST
        rows = facet.disadvantaged + facet.others
        state: State = "not enough" if few or rows < settings.minimum_truths else "fine"
        for name in settings.bias_metrics or JUDGED:
            value, old = facet.metrics.get(name), known.metrics.get(name)
            if value is None or old is None:
                continue
            effect = abs(value) - abs(old) if value * old >= 0 else abs(value - old)
            deviation = math.hypot(facet.deviations.get(name, 0.0), known.deviations.get(name, 0.0))
            # The deviation of the flip test is that of a few parts.
            beyond = (
                student.sf(abs(value - old) / deviation, _PARTS - 1)
                if name == "FT" and deviation
                else (norm.sf(abs(value - old) / deviation) if deviation else 0.5)
            )
            p_value = float(2 * beyond)
            limit = settings.thresholds.get(name, settings.bias_moved)
            says = (
                f"is {value:.3g} (95 % from {value - 1.96 * facet.deviations.get(name, 0.0):.3g} to"
                f" {value + 1.96 * facet.deviations.get(name, 0.0):.3g}), was {old:.3g} (threshold {limit:g};"
                f" {by_chance(p_value, rows)})"
            )
            if state == "not enough":
                says = f"{facet.disadvantaged} rows, and {facet.others} others, are not enough to say"
            of_it = min(each.support.get(name, _FEWEST) for each in (facet, known))
            decided: State = state if of_it >= _FEWEST else "not enough"
            if decided != state:
                says = f"{of_it} rows of a group are not enough to say"
            found.append(
                Verdict(f"{name} of {facet.called}", "bias", decided, max(effect, 0.0), limit, p_value, rows, says)
            )
    return found


def document(facets: Sequence[FacetBias]) -> list[dict[str, Any]]:
    """It as JSON."""
    return [
        {
            "facet": each.name,
            "facet_value": each.value,
            "disadvantaged": each.disadvantaged,
            "others": each.others,
            "metrics": {
                name: {"value": value, "standard_deviation": each.deviations.get(name)}
                for name, value in each.metrics.items()
            },
            "left_out": list(each.left_out),
            "support": dict(each.support),
        }
        for each in facets
    ]


def facets_of(given: Sequence[Mapping[str, Any]]) -> list[FacetBias]:
    """Facets of their document."""
    return [
        FacetBias(
            each["facet"],
            each["facet_value"],
            each["disadvantaged"],
            each["others"],
            {name: metric["value"] for name, metric in each["metrics"].items()},
            {
                name: metric["standard_deviation"]
                for name, metric in each["metrics"].items()
                if metric["standard_deviation"] is not None
            },
            each["left_out"],
            each["support"],
        )
        for each in given
    ]


def violations(found: Sequence[Verdict]) -> dict[str, Any]:
    """The document `constraint_violations.json` of bias."""
    shown: list[dict[str, str]] = []
    for each in found:
        if each.check == "bias" and each.state == "violation":
            metric, _, facet = each.feature.partition(" of ")
            name, _, value = facet.partition(" ")
            shown.append({
                "facet": name,
                "facet_value": value,
                "metric_name": metric,
                "constraint_check_type": "bias_drift_check",
                "description": each.says,
            })  # fmt: skip
    return {"version": "1.0", "violations": shown}


def _with_draws(cells: Sequence[Cell], positive: str) -> tuple[dict[str, float | None], dict[str, float]]:
    """Metrics, and how they vary over what the counts may have come from."""
    if not cells:
        return {}, {}
    exact = bias_metrics(cells, positive)
    # What has not been seen may be: half a row of each outcome, by groups.
    rows = {each[:4]: each.rows for each in cells}
    groups, labels = sorted({each.group for each in cells}), sorted({each.label for each in cells}, key=str)
    outcomes = [*itertools.product((False, True), groups, labels, (False, True))]
    every = [Cell(*each, rows.get(each, 0)) for each in outcomes]
    counts = numpy.asarray([each.rows for each in every], dtype=numpy.float64)
    draws = numpy.random.default_rng(_SEED).dirichlet(counts + 0.5 / len(groups), size=_DRAWS) * counts.sum()
    drawn = [
        bias_metrics([each._replace(rows=float(rows)) for each, rows in zip(every, draw, strict=True)], positive)
        for draw in draws
    ]
    deviations: dict[str, float] = {}
    for name in exact:
        values = [value for each in drawn if (value := each[name]) is not None]
        if len(values) > _DRAWS / 2:
            deviations[name] = float(numpy.std(values))
    return exact, deviations
