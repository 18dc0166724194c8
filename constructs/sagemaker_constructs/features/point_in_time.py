"""Training sets of what was known at the time of each row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import InvalidInput, Problem, unique, within

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_RECEIVED: Mapping[tuple[str, bool], str] = {
    ("athena", False): "CAST(from_iso8601_timestamp({time}) AT TIME ZONE 'UTC' AS timestamp) >= {received}",
    ("athena", True): "{time} >= to_unixtime({received})",
    ("duckdb", False): "CAST({time} AS timestamp) >= {received}",
    ("duckdb", True): "{time} >= epoch({received})",
}
"""Whether a record was received by a time, which is text or Unix seconds."""


@dataclass(frozen=True)
class FeatureHistory:
    """The offline table of a feature group, and what of it belongs in a training set.

    ``table`` may have its database before a point. ``record_identifier`` and ``event_time`` are columns of it;
    ``features`` are those that are taken, and ``prefix`` is put before their names in the result. ``joined_on`` is
    the column of the spine with the identifier, by default of the same name.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
    """

    table: str
    record_identifier: str
    event_time: str
    features: Sequence[str]
    prefix: str = ""
    joined_on: str = ""

    @property
    def key(self) -> str:
        """The column of the spine that identifies the record."""
        return self.joined_on or self.record_identifier

    def problems(self) -> Iterator[Problem | None]:
        """What cannot stand in a query."""
        yield _named("table", self.table, dots=True)
        yield _named("record_identifier", self.record_identifier)
        yield _named("event_time", self.event_time)
        yield _named("prefix", self.prefix) if self.prefix else None
        yield _named("joined_on", self.joined_on) if self.joined_on else None
        for index, each in enumerate(self.features):
            yield _named(f"features[{index}]", each)
        if not self.features:
            yield Problem("features", "must hold at least one column")


@dataclass(frozen=True)
class PointInTimeQuery:
    """A query that gives every row of ``spine`` the features as they were at its time.

    The newest record whose event time is not later than the row's ``event_time`` is taken, as a whole: a feature that
    it lacks is NULL, and not that of an earlier record. Of records with one event time, that written last counts. A
    deletion is a record too: from its event time on, features are NULL. A row without a record keeps its place.

    ``columns`` of the spine are in the result beside its keys and its time. ``known_at`` leaves out what Feature
    Store received after the row's time (``api_invocation_time``): events that came late would otherwise tell the
    model what nobody could have known. Event times are text in ISO 8601 in UTC, all with the same digits, or with
    ``seconds`` numbers of Unix seconds; they are compared as they are, in the spine as in the tables.

    Raises ``InvalidInput`` for names that cannot stand in a query, and for columns that the result would have twice.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-a-dataset.html
    """

    spine: str
    event_time: str
    histories: Sequence[FeatureHistory]
    columns: Sequence[str] = ()
    known_at: bool = False
    seconds: bool = False

    def __post_init__(self) -> None:
        found = [_named("spine", self.spine, dots=True), _named("event_time", self.event_time)]
        found += [_named(f"columns[{index}]", each) for index, each in enumerate(self.columns)]
        results = {f"spine.{each}": each.lower() for each in self._kept()}
        for index, history in enumerate(self.histories):
            place = f"histories[{index}]"
            found += within(place, history.problems())
            for number, each in enumerate(history.features):
                results[f"{place}.features[{number}]"] = f"{history.prefix}{each}".lower()
        found += unique(results)
        if not self.histories:
            found.append(Problem("histories", "must hold at least one table"))
        if problems := [problem for problem in found if problem]:
            raise InvalidInput("PointInTimeQuery", problems)

    def sql(self, dialect: Literal["athena", "duckdb"] = "athena") -> str:
        """The query, for Athena or for DuckDB."""
        kept = self._kept()
        columns = ", ".join(_quoted(each) for each in kept)
        parts = [f'spine AS (SELECT {columns}, row_number() OVER () AS "spine_row" FROM {_quoted(self.spine)})']
        taken = [f"spine.{_quoted(each)}" for each in kept]
        joins: list[str] = []
        for index, history in enumerate(self.histories):
            known = f"known_{index}"
            body = self._received(history, dialect) if self.known_at else self._happened(history)
            parts.append(f"{known} AS (\n{body}\n)")
            for number, each in enumerate(history.features):
                taken.append(f"{known}.{_taken(number)} AS {_quoted(history.prefix + each)}")
            joins.append(f'LEFT JOIN {known} ON {known}."spine_row" = spine."spine_row"')
        return "WITH " + ",\n".join(parts) + f"\nSELECT {', '.join(taken)}\nFROM spine\n" + "\n".join(joins)

    def _kept(self) -> list[str]:
        keys = (history.key for history in self.histories)
        return list(dict.fromkeys([*keys, self.event_time, *self.columns]))

    def _happened(self, history: FeatureHistory) -> str:
        """How many records there were at the time of each row, and the record of that number: no pair is compared."""
        key, time = _quoted(history.record_identifier), _quoted(history.event_time)
        return f"""\
  SELECT "spine_row", {_columns(history)} FROM (
    SELECT "spine_row", "point_key", sum("is_record") OVER (
      PARTITION BY "point_key" ORDER BY "point_time", "is_record" DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS "place" FROM (
      SELECT NULL AS "spine_row", {key} AS "point_key", {time} AS "point_time", 1 AS "is_record"
      FROM {_quoted(history.table)}
      UNION ALL
      SELECT "spine_row", {_quoted(history.key)}, {_quoted(self.event_time)}, 0 FROM spine
    ) AS events
  ) AS placed JOIN (
    SELECT {key} AS "record_key", {_features(history)}, row_number() OVER (
      PARTITION BY {key} ORDER BY {time}, write_time, api_invocation_time
    ) AS "record_place" FROM {_quoted(history.table)}
  ) AS records ON "record_key" = "point_key" AND "record_place" = "place"
  WHERE "spine_row" IS NOT NULL"""

    def _received(self, history: FeatureHistory, dialect: str) -> str:
        """The newest of all records that had happened and were received: these two orders differ."""
        time, own = _quoted(history.event_time), f"spine.{_quoted(self.event_time)}"
        received = _RECEIVED[dialect, self.seconds].format(time=own, received='"received"')
        return f"""\
  SELECT "spine_row", {_columns(history)} FROM (
    SELECT spine."spine_row", {_columns(history)}, row_number() OVER (
      PARTITION BY spine."spine_row" ORDER BY "point_time" DESC, "written" DESC, "received" DESC
    ) AS "place" FROM spine JOIN (
      SELECT {_quoted(history.record_identifier)} AS "point_key", {time} AS "point_time", write_time AS "written",
        api_invocation_time AS "received", {_features(history)}
      FROM {_quoted(history.table)}
    ) AS records ON "point_key" = spine.{_quoted(history.key)} AND {own} >= "point_time" AND {received}
  ) AS placed WHERE "place" = 1"""


def _features(history: FeatureHistory) -> str:
    """The features of each record; those of a deletion are NULL."""
    kept = "CASE WHEN NOT coalesce(is_deleted, false) THEN {} END AS {}"
    return ", ".join(kept.format(_quoted(each), _taken(index)) for index, each in enumerate(history.features))


def _columns(history: FeatureHistory) -> str:
    return ", ".join(_taken(index) for index in range(len(history.features)))


def _taken(index: int) -> str:
    return f'"feature_{index}"'


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split("."))


def _named(path: str, name: str, *, dots: bool = False) -> Problem | None:
    if re.fullmatch(rf"{_NAME}(\.{_NAME})?" if dots else _NAME, name):
        return None
    return Problem(path, f"must be letters, digits and underscores, and begin with no digit, got: {name!r}")
