"""Truth that comes late: what was collected, joined with what was predicted.

Lines are those of Model Monitor, below folders of the hour in which they were collected:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from monitor.capture.relation import ROWS
from monitor.engine import text
from monitor.settings import Settings

PREDICTIONS = "predictions"
"""The table of what was predicted, with its truth where it is known: `id`, `place`, `moment`, `inside` the window,
`prediction`, `probability`, a column for each facet, `truth`, and `judged` by this run."""

_COLUMNS = (
    "{groundTruthData: 'STRUCT(data VARCHAR, encoding VARCHAR)',"
    " eventMetadata: 'STRUCT(eventId VARCHAR, inferenceId VARCHAR)', eventVersion: 'VARCHAR'}"
)
_FOLDERS = re.compile(r"(?=/\d{4}/\d{2}/\d{2}/\d{2}/[^/]*$)")
_HOUR = r"'/(\d{4}/\d{2}/\d{2}/\d{2})/[^/]*$'"
_LARGEST_LINE = 64 * 1024 * 1024
_DAYS = 62


@dataclass(frozen=True)
class Arrivals:
    """How much of the truth is known, and what is wrong with it.

    Args:
        lines: Lines that were collected before the end of the window.
        unreadable: Lines that cannot be used, by the reason.
        repeated: Lines that say again what was said.
        contradictory: Predictions whose truth was told in different ways; the last one counts.
        unknown: Truths of predictions that are not among the files.
        misfitting: Truths of more or fewer rows than their request.
        predicted_twice: Rows whose identifier another row has, too; the last one counts.
        judged: Rows whose last truth was collected in the window.
        waiting: Predictions without a truth that may still come.
        never: Predictions without a truth that are older than that.
        coverage: Which share of the predictions that are as old has a truth.
        hours_late: After how many hours half of the truths were there, and nine of ten.
        days: Predictions and truths by the day of the prediction, the newest last.
    """

    lines: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict[str, int])
    repeated: int = 0
    contradictory: int = 0
    unknown: int = 0
    misfitting: int = 0
    predicted_twice: int = 0
    judged: int = 0
    waiting: int = 0
    never: int = 0
    coverage: float | None = None
    hours_late: Sequence[float] = ()
    days: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Predicted:
    """What is taken from captured rows, as expressions of the relation.

    Args:
        prediction: The label or number that was predicted.
        probability: How sure it was.
        facets: What people are told apart by, and the group variable, by the name of the column.
    """

    prediction: str = "NULL"
    probability: str = "NULL"
    facets: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Told:
    """Truth, and what of it is judged now.

    Args:
        files: Files of which a run before this one has judged none.
        judged: Files that runs before this one have judged; they say how much is known.
        since: What was collected before is not judged now either.
        end: What is collected from then on is not looked at.
    """

    files: Sequence[Path]
    judged: Sequence[Path]
    since: str
    end: str

    @property
    def every(self) -> list[str]:
        """All files, in the order of their hours and names, wherever they lie."""
        listed = [str(each) for each in (*self.files, *self.judged)]
        return sorted(listed, key=lambda each: (_FOLDERS.split(each, maxsplit=1)[-1], each))


def join_truth(
    connection: duckdb.DuckDBPyConnection,
    told: Told,
    predicted: Predicted,
    inside: str,
    settings: Settings,
    relation: str = ROWS,
) -> Arrivals:
    """Make the table of predictions with their truth.

    Args:
        connection: DuckDB's, with the view of captured rows.
        told: Files of truth.
        predicted: What is taken from rows.
        inside: Whether a row is in the window, of the relation.
        settings: What the team has decided.
        relation: What was predicted, of the form of captured rows.
    """
    start, end = (f"(TIMESTAMPTZ {text(each)} AT TIME ZONE 'UTC')" for each in (told.since, told.end))
    _read(connection, told, end)
    facets = "".join(f", {each} AS {name}" for name, each in predicted.facets.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rows_predicted AS SELECT coalesce(nullif(inference, ''), event) AS id, place,"
        f" moment, {inside} AS inside, {predicted.prediction} AS prediction,"
        f" try_cast({predicted.probability} AS DOUBLE) AS probability{facets}"
        f" FROM {relation} WHERE problem IS NULL AND (moment IS NULL OR moment < {end})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {PREDICTIONS} AS SELECT p.*, t.told[p.place] AS truth,"
        f" t.collected, coalesce(t.fresh AND t.collected >= {start} AND t.told[p.place] IS NOT NULL, false) AS judged"
        " FROM rows_predicted p LEFT JOIN truths t ON p.id = t.id"
    )
    connection.execute("DROP TABLE rows_predicted")
    twice = _keep_the_last(connection)
    return _arrivals(connection, twice, end, settings)


def _read(connection: duckdb.DuckDBPyConnection, given: Told, end: str) -> None:
    """Make tables of all lines, and of what each identifier was told last."""
    files = given.every
    listed = ", ".join(text(each) for each in files)
    known = ", ".join(text(str(each)) for each in given.judged) or "NULL"
    source = (
        f"read_json([{listed}], format = 'newline_delimited', columns = {_COLUMNS}, ignore_errors = true,"
        f" filename = true, maximum_object_size = {_LARGEST_LINE})"
        if files
        else "(SELECT NULL::STRUCT(data VARCHAR, encoding VARCHAR) AS groundTruthData,"
        " NULL::STRUCT(eventId VARCHAR, inferenceId VARCHAR) AS eventMetadata, '' AS filename WHERE false)"
    )
    data = "CASE WHEN encoding = 'BASE64' THEN try(decode(from_base64(data))) ELSE data END"
    trimmed = f"trim({data}, ' \t\r\n')"
    lines = f"list_transform(string_split({trimmed}, chr(10)), lambda line: trim(line, ' \t\r\"'))"
    items = f"list_transform(json_extract(CAST({trimmed} AS JSON), '$[*]'), lambda v: json_extract_string(v, '$'))"
    # The last line is the last of its file, and files are called by their hours.
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE truth_lines AS
WITH lines AS (
  SELECT coalesce(nullif(eventMetadata.inferenceId, ''), eventMetadata.eventId) AS id,
    groundTruthData.data AS data, groundTruthData.encoding AS encoding,
    try_strptime(regexp_extract(filename, {_HOUR}, 1), '%Y/%m/%d/%H') AS collected, row_number() OVER () AS number,
    coalesce(filename NOT IN ({known}), true) AS fresh
  FROM {source}
), told AS (
  SELECT id, collected, number, fresh, CASE
      WHEN left({trimmed}, 1) = '[' AND json_valid({trimmed}) THEN {items}
      WHEN {trimmed} <> '' THEN {lines}
    END AS told
  FROM lines
)
SELECT *, CASE
    WHEN id IS NULL OR id = '' THEN 'no line of truth'
    WHEN collected IS NULL THEN 'not below a folder of its hour'
    WHEN told IS NULL THEN 'no truth in it'
  END AS problem
FROM told WHERE collected IS NULL OR collected < {end}""")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE truths AS SELECT id, arg_max(told, number) AS told,"
        " arg_max(collected, number) AS collected, arg_max(fresh, number) AS fresh,"
        " count(*) AS times, count(DISTINCT told) AS ways"
        " FROM truth_lines WHERE problem IS NULL GROUP BY id"
    )


def _keep_the_last(connection: duckdb.DuckDBPyConnection) -> int:
    """Delete predictions that have been made again under the same identifier, as far as they have a truth."""
    [[twice]] = connection.execute(
        f"DELETE FROM {PREDICTIONS} WHERE rowid IN (SELECT rowid FROM (SELECT rowid, row_number() OVER"
        f" (PARTITION BY id, place ORDER BY moment DESC NULLS LAST, rowid DESC) AS n FROM {PREDICTIONS}"
        " WHERE collected IS NOT NULL) WHERE n > 1)"
    ).fetchall()
    return int(twice)


def _arrivals(connection: duckdb.DuckDBPyConnection, twice: int, end: str, settings: Settings) -> Arrivals:
    late = f"INTERVAL {round(settings.truth_days * 24 * 60)} MINUTE"
    [row] = connection.execute(
        f"SELECT count(*) FILTER (judged), count(*) FILTER (truth IS NULL AND moment >= {end} - {late}),"
        f" count(*) FILTER (truth IS NULL AND (moment IS NULL OR moment < {end} - {late})),"
        f" count(*) FILTER (truth IS NOT NULL AND moment < {end} - {late}),"
        " quantile_cont(CASE WHEN truth IS NOT NULL THEN greatest(date_diff('minute', moment, collected), 0) / 60.0"
        f" END, [0.5, 0.9]) FROM {PREDICTIONS}"
    ).fetchall()
    judged, waiting, never, known, quantiles = row
    [[lines, repeated, contradictory]] = connection.execute(
        "SELECT (SELECT count(*) FROM truth_lines), coalesce(sum(times - ways), 0), count(*) FILTER (ways > 1)"
        " FROM truths"
    ).fetchall()
    [[unknown]] = connection.execute(
        f"SELECT count(*) FROM truths ANTI JOIN {PREDICTIONS} p ON truths.id = p.id"
    ).fetchall()
    [[misfitting]] = connection.execute(
        f"SELECT count(*) FROM truths t JOIN (SELECT id, max(place) AS rows FROM {PREDICTIONS}"
        " WHERE collected IS NOT NULL GROUP BY id) p ON t.id = p.id WHERE len(t.told) <> p.rows"
    ).fetchall()
    days = connection.execute(
        f"SELECT strftime(moment, '%Y-%m-%d') AS day, count(*), count(truth) FROM {PREDICTIONS}"
        f" WHERE moment IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT {_DAYS}"
    ).fetchall()
    problems = connection.execute(
        "SELECT problem, count(*) FROM truth_lines WHERE problem IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return Arrivals(
        lines=lines,
        unreadable={str(reason): int(count) for reason, count in problems},
        repeated=int(repeated),
        contradictory=contradictory,
        unknown=unknown,
        misfitting=misfitting,
        predicted_twice=twice,
        judged=judged,
        waiting=waiting,
        never=never,
        coverage=known / (known + never) if known + never else None,
        hours_late=[float(each) for each in quantiles or () if each is not None],
        days=[{"day": day, "predictions": rows, "truths": truths} for day, rows, truths in reversed(days)],
    )
