"""The beginning: a baseline of training data, or of what was captured while all was well."""

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from monitor.answers import Answers, Columns, answers_captured, answers_of_rows
from monitor.capture.relation import ROWS, CapturedNames, captured_rows
from monitor.counts import count_rows
from monitor.engine import connected, quoted
from monitor.folders import Folders
from monitor.reference.baseline import Baseline
from monitor.reference.making import described, features_of, training_rows
from monitor.results import model_monitor
from monitor.settings import Settings, SettingsError, read_settings

_TABLE = "baseline_rows"


@dataclass(frozen=True)
class _Columns:
    """The name of each feature and each output by the expression that gives its text, and that of a row's time."""

    inputs: dict[str, str]
    outputs: dict[str, str]
    moment: str | None
    rows: bool


def make_baseline(folders: Folders) -> str:
    """Write `statistics.json` with the baseline in it, and the constraints of Model Monitor beside it."""
    settings = read_settings(folders.settings)
    with connected() as connection:
        columns = _columns(connection, folders, settings)
        baseline = Baseline(
            *(
                features_of(connection, _TABLE, each, settings, columns.moment) if each else []
                for each in (columns.inputs, columns.outputs)
            )
        )
        answers = _answers(connection, folders, settings, baseline, columns)
        expressions = [*columns.inputs, *columns.outputs]
        every = [*baseline.features, *baseline.outputs]
        counted = count_rows(connection, _TABLE, dict(zip(expressions, every, strict=True)))
    if baseline.rows < settings.minimum_rows:
        raise SettingsError(f"a baseline takes at least {settings.minimum_rows} rows, got: {baseline.rows}")
    # A monitoring schedule downloads this file and no other.
    own: dict[str, Any] = {
        "baseline": baseline.document(),
        "settings": asdict(settings),
        "answers": answers.document(),
    }
    documents = {
        "statistics.json": {**model_monitor.statistics(every, counted.features), "monitor": own},
        "constraints.json": model_monitor.constraints(every, settings),
    }
    model_monitor.write_documents(folders.output, documents)
    for line in described(every):
        print(line)
    return f"baseline of {baseline.rows} rows and {len(every)} columns"


def _answers(
    connection: duckdb.DuckDBPyConnection, folders: Folders, settings: Settings, baseline: Baseline, columns: _Columns
) -> Answers:
    if columns.rows:
        features, outputs = (
            {name: each for each, name in listed.items()} for listed in (columns.inputs, columns.outputs)
        )
        outputs |= {name: quoted(name) for name in settings.attributed}
        truth = quoted(settings.truth) if settings.truth else None
        named = Columns(features, outputs, "rowid", truth)
        return answers_of_rows(connection, folders, baseline, settings, named, _TABLE)
    features, outputs = (
        {name: f"{side}[{place}]" for place, name in enumerate(listed, 1)}
        for side, listed in (("inputs", settings.features), ("outputs", settings.outputs))
    )
    return answers_captured(connection, folders, baseline, settings, Columns(features, outputs), "true")


def _columns(connection: duckdb.DuckDBPyConnection, folders: Folders, settings: Settings) -> _Columns:
    """Make the table of the rows, all of text."""
    if folders.rows.is_dir():
        columns = training_rows(connection, folders.rows, _TABLE)
        if settings.time and settings.time not in columns:
            raise SettingsError(f"time must be one of the columns {', '.join(columns)}, got: {settings.time}")
        if settings.season != "none" and not settings.time:
            raise SettingsError("a season of training rows requires `time`, the name of the column with their time")
        if settings.truth and settings.truth not in columns:
            raise SettingsError(f"truth must be one of the columns {', '.join(columns)}, got: {settings.truth}")
        unknown = sorted(set(settings.attributed) - set(columns))
        if unknown:
            raise SettingsError(f"attributions must be outputs, got: {', '.join(unknown)}")
        left_out = {settings.time, settings.truth, *settings.attributed}
        named = [each for each in columns if each not in left_out]
        return _Columns(
            inputs={quoted(each): each for each in named if each not in settings.outputs},
            outputs={quoted(each): each for each in named if each in settings.outputs},
            moment=f"try_cast({quoted(settings.time)} AS TIMESTAMP)" if settings.time else None,
            rows=True,
        )
    if not settings.features:
        raise SettingsError("a baseline of captured rows requires the names of features in settings.json")
    files = folders.lines(folders.captured)
    connection.execute(captured_rows(files, CapturedNames(settings.features, settings.outputs)))
    connection.execute(
        f"CREATE TEMP TABLE {_TABLE} AS SELECT inputs, outputs, moment FROM {ROWS} WHERE problem IS NULL"
    )
    return _Columns(
        inputs={f"inputs[{place}]": name for place, name in enumerate(settings.features, 1)},
        outputs={
            f"outputs[{place}]": name
            for place, name in enumerate(settings.outputs, 1)
            if name not in settings.attributed
        },
        moment="moment",
        rows=False,
    )
