"""The records of all feature groups in SQLite: the newest of each online, and what is still to be written offline."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emulator.sagemaker.features.values import Value

_TABLES = """
CREATE TABLE IF NOT EXISTS online (
  owner TEXT, identifier TEXT, event_time TEXT, moment REAL, lives INTEGER, deleted INTEGER, held TEXT,
  PRIMARY KEY (owner, identifier)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS offline (
  number INTEGER PRIMARY KEY, folder TEXT, moment REAL, invoked REAL, deleted INTEGER, held TEXT,
  written REAL, file TEXT
);
CREATE TABLE IF NOT EXISTS folders (folder TEXT PRIMARY KEY, columns TEXT);
CREATE TABLE IF NOT EXISTS tables (
  folder TEXT PRIMARY KEY, account TEXT, region TEXT, name TEXT, event_time TEXT, waits INTEGER
);
"""


@dataclass(frozen=True)
class Stored:
    """A record of the online store.

    Args:
        identifier: What identifies it.
        event_time: Time of its event, as it was given.
        moment: The same in seconds since the epoch.
        lives: For how many seconds after its event it lives; None for ever.
        deleted: Whether it is a mark of a deletion.
        values: Its values by feature.
    """

    identifier: str
    event_time: str
    moment: float
    lives: int | None
    deleted: bool
    values: Mapping[str, Value]

    @property
    def expires(self) -> float | None:
        """When it expires, in seconds since the epoch."""
        return None if self.lives is None else self.moment + self.lives

    @property
    def expired(self) -> bool:
        """Whether it has expired."""
        return self.expires is not None and self.expires <= time.time()


@dataclass(frozen=True)
class Pending:
    """A row of the offline store that is not yet in S3.

    Args:
        folder: Address of its table's files.
        moment: Time of its event in seconds since the epoch.
        invoked: When the call came, likewise.
        deleted: Whether it is a mark of a deletion.
        values: Its values by feature.
        written: When it is written, once a file was chosen.
        file: Address of that file.
    """

    folder: str
    moment: float
    invoked: float
    deleted: bool
    values: Mapping[str, Value]
    written: float | None = None
    file: str | None = None


@dataclass(frozen=True)
class StoreTable:
    """The Iceberg table of an offline store.

    Args:
        folder: Address of its files.
        account: In which it is.
        region: In which it is.
        name: In Glue.
        event_time: The column by whose day it is partitioned.
    """

    folder: str
    account: str
    region: str
    name: str
    event_time: str


class RecordStore:
    """All records; what a call has written is on disk when it returns, and safe to use from several threads.

    Args:
        path: The database; made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Enough to survive the end of this process, though not that of the machine.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_TABLES)
        self._depth = 0

    @contextmanager
    def at_once(self) -> Generator[None]:
        """All that is written inside is written, or nothing; others wait."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._database.execute("BEGIN")
                yield
            except BaseException:
                if self._depth == 1:
                    self._database.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._database.execute("COMMIT")
            finally:
                self._depth -= 1

    def find(self, owner: str, identifier: str) -> Stored | None:
        """The record of a group, with the mark of its deletion; None when it has expired."""
        found = self._rows(
            "SELECT identifier, event_time, moment, lives, deleted, held FROM online"
            " WHERE owner = ? AND identifier = ?",
            (owner, identifier),
        )
        stored = [_stored(row) for row in found]
        return stored[0] if stored and not stored[0].expired else None

    def after(self, owner: str, identifier: str | None, most: int, *, deleted: bool) -> list[str]:
        """Identifiers of a group's records in their order, after a given one."""
        found = self._rows(
            "SELECT identifier FROM online WHERE owner = ? AND (? IS NULL OR identifier > ?) AND (? OR deleted = 0)"
            " AND (lives IS NULL OR moment + lives > ?) ORDER BY identifier LIMIT ?",
            (owner, identifier, identifier, deleted, time.time(), most),
        )
        return [str(row[0]) for row in found]

    def keep(self, owner: str, stored: Stored) -> None:
        """Write a record of the online store over the one before."""
        values = (
            owner,
            stored.identifier,
            stored.event_time,
            stored.moment,
            stored.lives,
            stored.deleted,
            json.dumps(stored.values),
        )
        self._run("INSERT OR REPLACE INTO online VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def remove(self, owner: str, identifier: str | None = None) -> None:
        """Remove a record of the online store, or all of a group."""
        self._run(
            "DELETE FROM online WHERE owner = ? AND (? IS NULL OR identifier = ?)", (owner, identifier, identifier)
        )

    def append(self, row: Pending, columns: Mapping[str, str]) -> None:
        """Add a row of the offline store, whose table has these columns and types by now."""
        with self.at_once():
            self._describe(row.folder, columns)
            values = (row.folder, row.moment, row.invoked, row.deleted, json.dumps(row.values))
            self._run("INSERT INTO offline (folder, moment, invoked, deleted, held) VALUES (?, ?, ?, ?, ?)", values)

    def pending(self) -> list[tuple[int, Pending]]:
        """All rows that are not yet in S3, with their numbers."""
        found = self._rows("SELECT number, folder, moment, invoked, deleted, held, written, file FROM offline", ())
        return [
            (row[0], Pending(row[1], row[2], row[3], bool(row[4]), json.loads(row[5]), row[6], row[7]))
            for row in found
        ]

    def columns(self, folder: str) -> Mapping[str, str]:
        """Columns and types of a table's features."""
        found = self._rows("SELECT columns FROM folders WHERE folder = ?", (folder,))
        return json.loads(found[0][0]) if found else {}

    def keep_table(self, table: StoreTable, columns: Mapping[str, str]) -> None:
        """Remember that the files of a folder belong to an Iceberg table, which waits for these columns."""
        with self.at_once():
            self._describe(table.folder, columns)
            values = (table.folder, table.account, table.region, table.name, table.event_time)
            self._run("INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?, 1)", values)

    def waiting_tables(self) -> list[StoreTable]:
        """The Iceberg tables that are to be made, or to get columns."""
        found = self._rows("SELECT folder, account, region, name, event_time FROM tables WHERE waits", ())
        return [StoreTable(*row) for row in found]

    def table_kept(self, folder: str) -> None:
        """Forget that a table waits."""
        self._run("UPDATE tables SET waits = 0 WHERE folder = ?", (folder,))

    def table(self, folder: str) -> StoreTable | None:
        """The Iceberg table of a folder; None for a folder that is read as it is."""
        found = self._rows("SELECT folder, account, region, name, event_time FROM tables WHERE folder = ?", (folder,))
        return StoreTable(*found[0]) if found else None

    def choose(self, number: int, row: Pending, written: float, file: str) -> Pending:
        """Say to which file a row belongs, so that one that is interrupted is written again and not twice."""
        self._run("UPDATE offline SET written = ?, file = ? WHERE number = ?", (written, file, number))
        return replace(row, written=written, file=file)

    def written(self, file: str) -> None:
        """Forget the rows of a file, which is in S3."""
        self._run("DELETE FROM offline WHERE file = ?", (file,))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()

    def _describe(self, folder: str, columns: Mapping[str, str]) -> None:
        self._run(
            "INSERT INTO folders VALUES (?, ?) ON CONFLICT DO UPDATE SET columns = excluded.columns"
            " WHERE columns <> excluded.columns",
            (folder, json.dumps(columns)),
        )

    def _run(self, statement: str, values: Sequence[Any]) -> None:
        with self._lock:
            self._database.execute(statement, values)

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _stored(row: Sequence[Any]) -> Stored:
    return Stored(row[0], row[1], row[2], row[3], bool(row[4]), json.loads(row[5]))
