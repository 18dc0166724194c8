"""Which answers belong together: of the same request to both variants, or of each variant by itself.

AWS documents that both variants of a shadow test are captured, each below its own name, and that an inference id is
kept where the caller gives one; whether a copy has the event id of its original is not documented
(https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-create.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html). Answers are paired by the
inference id, else by the event id, and else by the request itself: what answers to the same values belongs together,
whichever copy it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from monitor.capture.relation import ROWS
from monitor.comparison.settings import ComparisonSettings
from monitor.engine import text
from monitor.quality.metrics import label
from monitor.settings import Settings, SettingsError

ANSWERED = "answered"
"""A row for each answer: whether it is of the `challenger`, what captured rows have, `prediction`, `probability`."""
COMPARED = "compared"
"""Rows that are compared. Of a shadow test, those of the champion with the challenger's answer as `other_prediction`
and `other_probability`, and `how` they were paired; of shared requests, all answers, and whose they are."""

_STEPS = {
    "inference id": "c.inference = h.inference AND c.place = h.place AND c.inference <> ''",
    "event id": "c.event = h.event AND c.place = h.place AND c.has_event AND h.has_event",
    "same request": "c.asked = h.asked AND c.turn = h.turn",
}


@dataclass(frozen=True)
class Answered:
    """How many rows there were in the window.

    Args:
        champion: Answers of the champion.
        challenger: Those of the challenger.
        paired: Rows that both have answered, by what they were paired.
        lost: Captured lines that cannot be read, by the reason.
    """

    champion: int = 0
    challenger: int = 0
    paired: Mapping[str, int] = field(default_factory=dict[str, int])
    lost: Mapping[str, int] = field(default_factory=dict[str, int])


def answered(
    connection: duckdb.DuckDBPyConnection, settings: ComparisonSettings, since: str, end: str | None
) -> Answered:
    """Make the tables of captured rows. Raises SettingsError for outputs that there are not."""
    of_both = f"variant IN ({text(settings.champion)}, {text(settings.challenger)})"
    times = [f"moment >= {_moment(since)}"] if since else []
    times += [f"moment < {_moment(end)}"] if end else []
    inside = " AND ".join([of_both, *(f"(moment IS NULL OR {each})" for each in times)])
    named = _expressions(settings.answers)
    connection.execute(f"""CREATE OR REPLACE TEMP TABLE {ANSWERED} AS
SELECT *, row_number() OVER (PARTITION BY challenger, asked ORDER BY moment, place) AS turn,
  count(*) OVER (PARTITION BY challenger, event, place) = 1 AS has_event
FROM (
  SELECT variant = {text(settings.challenger)} AS challenger, coalesce(inference, '') AS inference, event, place,
    moment, earlier, hash(inputs) AS asked, {named["prediction"]} AS prediction,
    try_cast({named["probability"]} AS DOUBLE) AS probability, NULL::VARCHAR AS problem,
    row_number() OVER (PARTITION BY variant, nullif(inference, ''), place ORDER BY moment DESC) AS n
  FROM {ROWS} WHERE problem IS NULL AND {inside}
) WHERE n = 1 OR inference = ''""")
    lost = connection.execute(
        f"SELECT problem, count(*) FROM {ROWS} WHERE problem IS NOT NULL AND NOT earlier AND {inside}"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    counts = dict(
        connection.execute(f"SELECT challenger, count(*) FROM {ANSWERED} WHERE NOT earlier GROUP BY 1").fetchall()
    )
    paired: Mapping[str, int] = {}
    if settings.shadow:
        paired = _pair(connection)
    else:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {COMPARED} AS SELECT * FROM {ANSWERED}")
    return Answered(int(counts.get(False, 0)), int(counts.get(True, 0)), paired, {str(a): int(b) for a, b in lost})


def _pair(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Pair the answers of both, each of them once."""
    connection.execute("CREATE OR REPLACE TEMP TABLE couples (champion BIGINT, challenger BIGINT, how VARCHAR)")
    for how, same in _STEPS.items():
        free = "rowid NOT IN (SELECT {} FROM couples)"
        # Of several that fit, such as lines with one event id, each has one.
        connection.execute(f"""INSERT INTO couples SELECT champion, challenger, {text(how)} FROM (
  SELECT c.rowid AS champion, h.rowid AS challenger,
    row_number() OVER (PARTITION BY c.rowid ORDER BY h.rowid) AS a,
    row_number() OVER (PARTITION BY h.rowid ORDER BY c.rowid) AS b
  FROM (SELECT rowid, * FROM {ANSWERED} WHERE NOT challenger AND {free.format("champion")}) c
  JOIN (SELECT rowid, * FROM {ANSWERED} WHERE challenger AND {free.format("challenger")}) h ON {same}
) WHERE a = 1 AND b = 1""")
    connection.execute(f"""CREATE OR REPLACE TEMP VIEW {COMPARED} AS
SELECT c.*, h.prediction AS other_prediction, h.probability AS other_probability, how
FROM couples JOIN {ANSWERED} c ON c.rowid = couples.champion JOIN {ANSWERED} h ON h.rowid = couples.challenger""")
    found = connection.execute(
        f"SELECT how, count(*) FROM {COMPARED} WHERE NOT earlier GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(how): int(rows) for how, rows in found}


def error_of(settings: ComparisonSettings, prediction: str, probability: str) -> str:
    """The error of an answer, of columns of a relation with `truth`; NULL where it cannot be told."""
    own = settings.answers
    if own.problem == "Regression":
        return f"abs(try_cast(truth AS DOUBLE) - try_cast({prediction} AS DOUBLE))"
    if settings.measure == "probabilities":
        return f"CASE WHEN truth IS NOT NULL THEN pow({probability} - ({_true(own)})::INT, 2) END"
    if own.prediction:
        given, wrong = prediction, f"{label(prediction)} <> {label('truth')}"
    else:
        given, wrong = probability, f"({probability} >= {own.probability_threshold!r}) <> ({_true(own)})"
    return f"CASE WHEN {given} IS NOT NULL AND truth IS NOT NULL THEN ({wrong})::INT END"


def answer_of(settings: ComparisonSettings, prediction: str, probability: str) -> str:
    """What is answered, as text: a label or a number; NULL where nothing is."""
    own = settings.answers
    if own.problem == "BinaryClassification" and not own.prediction:
        return (
            f"CASE WHEN {probability} IS NOT NULL THEN ({probability} >= {own.probability_threshold!r})::VARCHAR END"
        )
    return prediction if own.problem == "Regression" or not own.problem else label(prediction)


def same_answer(settings: ComparisonSettings) -> str:
    """Whether both have answered the same; NULL where one of them has answered nothing."""
    one, other = (answer_of(settings, f"{each}prediction", f"{each}probability") for each in ("", "other_"))
    numbers = f"abs(try_cast({one} AS DOUBLE) - try_cast({other} AS DOUBLE)) <= {settings.tolerance!r}"
    return (
        f"coalesce({numbers}, {one} = {other})"
        if settings.answers.problem in ("", "Regression")
        else f"{one} = {other}"
    )


def number_of(settings: ComparisonSettings, side: str = "") -> str:
    """The number of an answer, where it has one: the probability, or what is predicted."""
    if settings.answers.probability:
        return f"{side}probability"
    return f"try_cast({side}prediction AS DOUBLE)"


def _true(own: Settings) -> str:
    return f"{label('truth')} = {text(own.positive)}"


def _expressions(own: Settings) -> dict[str, str]:
    """What is taken from answers; without a prediction to look at, it is the first output."""
    outputs = {name: f"nullif(outputs[{place}], '')" for place, name in enumerate(own.outputs, 1)}
    found = {"prediction": "nullif(outputs[1], '')", "probability": "NULL"}
    for argument in found:
        name: str = getattr(own, argument)
        if name and name not in outputs:
            listed = ", ".join(outputs) or "none"
            raise SettingsError(f"{argument} must be one of the outputs {listed}, got: {name}")
        if name:
            found[argument] = outputs[name]
    return found


def _moment(moment: str) -> str:
    return f"(TIMESTAMPTZ {text(moment)} AT TIME ZONE 'UTC')"
