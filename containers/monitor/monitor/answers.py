"""What is known of answers beside their distribution: how good they were, for whom, and by what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from monitor.attribution import Attributions, attribution_draft, attributions_from, attributions_of
from monitor.attribution import document as attributions_document
from monitor.bias.groups import FacetBias, bias_drafts, bias_of, facet_columns, facets_of
from monitor.bias.groups import document as bias_document
from monitor.capture.relation import ROWS
from monitor.engine import quoted
from monitor.folders import Folders
from monitor.quality.judging import measured, metrics_of, quality_drafts
from monitor.quality.metrics import Metric, Quality
from monitor.quality.truth import PREDICTIONS, Arrivals, Predicted, Told, join_truth
from monitor.reference.baseline import Baseline
from monitor.reference.making import training_rows
from monitor.settings import Settings, SettingsError
from monitor.verdicts import Verdict

_HOUR = re.compile(r"/(\d{4})/(\d{2})/(\d{2})/(\d{2})/[^/]*$")
_BEGINNING = "1970-01-01T00:00:00Z"
_JUDGED = "judged_rows"


@dataclass(frozen=True)
class Answers:
    """What is known of answers; nothing where it is not asked for.

    Args:
        arrivals: Which truth is known.
        quality: How good answers were.
        facets: Their bias, by facet.
        attributions: How much features count.
    """

    arrivals: Arrivals | None = None
    quality: Quality | None = None
    facets: Sequence[FacetBias] = ()
    attributions: Attributions | None = None

    @property
    def judged(self) -> int:
        """How many answers have a truth that came in this window."""
        return self.arrivals.judged if self.arrivals else 0

    def drafts(self, before: "Answers", settings: Settings) -> list[Verdict]:
        """What is different from the baseline, to be decided together with all else."""
        found: list[Verdict] = []
        if self.quality and before.quality:
            found += quality_drafts(before.quality.metrics, self.quality, settings)
        found += bias_drafts(before.facets, self.facets, settings)
        if self.attributions and before.attributions:
            found.append(attribution_draft(before.attributions, self.attributions, settings))
        return found

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        quality = self.quality
        return {
            "truth": asdict(self.arrivals) if self.arrivals else None,
            "quality": None
            if quality is None
            else {
                "rows": quality.rows,
                "unusable": dict(quality.unusable),
                "metrics": {name: asdict(each) for name, each in quality.metrics.items()},
                "curves": dict(quality.curves),
            },
            "bias": bias_document(self.facets),
            "attributions": attributions_document(self.attributions) if self.attributions else None,
        }


def answers_from(given: Mapping[str, Any]) -> Answers:
    """Answers of the document of a baseline."""
    quality, attributions = given.get("quality"), given.get("attributions")
    metrics: Mapping[str, Metric] = metrics_of(quality["metrics"]) if quality else {}
    return Answers(
        quality=Quality(quality["rows"], quality["unusable"], metrics, quality["curves"]) if quality else None,
        facets=facets_of(given.get("bias", ())),
        attributions=attributions_from(attributions) if attributions else None,
    )


@dataclass(frozen=True)
class Columns:
    """The expression that gives the text of each feature and each output, by name.

    Args:
        features: Of features.
        outputs: Of outputs.
        identity: Expressions that tell rows apart.
        truth: Of the truth, where rows bring it along.
    """

    features: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    identity: str = "event, place"
    truth: str | None = None


def answers_of_rows(
    connection: duckdb.DuckDBPyConnection,
    folders: Folders,
    baseline: Baseline,
    settings: Settings,
    columns: Columns,
    table: str,
) -> Answers:
    """What answers in training rows were like. Raises SettingsError where the settings name what is not there."""
    quality, facets = None, ()
    if settings.problem and columns.truth:
        predicted = _predicted(settings, baseline, columns)
        parts = {"prediction": predicted.prediction, "truth": columns.truth, **predicted.facets}
        shown = ", ".join(f"{each} AS {name}" for name, each in parts.items())
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_JUDGED} AS SELECT {shown}, try_cast({predicted.probability} AS DOUBLE)"
            f" AS probability FROM {table} WHERE nullif({columns.truth}, '') IS NOT NULL"
        )
        quality = measured(connection, _JUDGED, settings)
        facets = bias_of(connection, _JUDGED, settings, with_truth=True)
    return Answers(None, quality, facets, _attributions(connection, folders, settings, columns, table))


def answers_captured(
    connection: duckdb.DuckDBPyConnection,
    folders: Folders,
    baseline: Baseline,
    settings: Settings,
    columns: Columns,
    inside: str,
) -> Answers:
    """What captured answers were like, with the truth that was collected. Raises SettingsError."""
    shown = f"(SELECT * FROM {ROWS} WHERE problem IS NULL AND {inside})"
    attributions = _attributions(connection, folders, settings, columns, shown)
    if not settings.problem:
        return Answers(attributions=attributions)
    files, judged = folders.lines(folders.truth), folders.lines(folders.earlier_truth)
    _, end = folders.window or (_BEGINNING, _end(connection, [*files, *judged]))
    # What is merged is of the window already, and lies below the hours of its requests.
    since = folders.asked[0] if folders.asked and not folders.merged else _BEGINNING
    told = Told(files, judged, since, end)
    arrivals = join_truth(connection, told, _predicted(settings, baseline, columns), inside, settings)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {_JUDGED} AS SELECT * FROM {PREDICTIONS} WHERE judged")
    if arrivals.judged:
        quality, facets = (
            measured(connection, _JUDGED, settings),
            bias_of(connection, _JUDGED, settings, with_truth=True),
        )
    else:
        quality = None
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {_JUDGED} AS SELECT * FROM {PREDICTIONS} WHERE inside")
        facets = bias_of(connection, _JUDGED, settings, with_truth=False)
    return Answers(arrivals, quality, facets, attributions)


def _predicted(settings: Settings, baseline: Baseline, columns: Columns) -> Predicted:
    named = {name: getattr(settings, name) for name in ("prediction", "probability") if getattr(settings, name)}
    for name, output in named.items():
        if output not in columns.outputs:
            listed = ", ".join(columns.outputs) or "none"
            raise SettingsError(f"{name} must be one of the outputs {listed}, got: {output}")
    numbers = {each.name for each in baseline.features if each.numbers}
    facets = facet_columns(settings, columns.features, numbers, baseline.rows, columns.identity)
    expressions = {name: f"nullif({columns.outputs[output]}, '')" for name, output in named.items()}
    return Predicted(facets=facets, **expressions)


def _attributions(
    connection: duckdb.DuckDBPyConnection, folders: Folders, settings: Settings, columns: Columns, relation: str
) -> Attributions | None:
    if folders.attributions.is_dir():
        names = training_rows(connection, folders.attributions, "attributed")
        return attributions_of(connection, "attributed", {each: quoted(each) for each in names})
    if not settings.attributions:
        return None
    unknown = sorted(set(settings.attributed) - set(columns.outputs))
    if unknown:
        raise SettingsError(f"attributions must be outputs, got: {', '.join(unknown)}")
    expressions = {feature: columns.outputs[output] for feature, output in settings.attributions.items()}
    return attributions_of(connection, relation, expressions)


def _end(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """After all rows and all truths."""
    [[last]] = connection.execute(f"SELECT max(moment) FROM {ROWS}").fetchall()
    moments = [] if last is None else [last]
    for path in files:
        if found := _HOUR.search(str(path)):
            try:
                year, month, day, hour = map(int, found.groups())
                moments.append(datetime(year, month, day, hour))
            except ValueError:
                continue
    latest = max(moments, default=datetime.now(UTC).replace(tzinfo=None))
    return f"{latest + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
