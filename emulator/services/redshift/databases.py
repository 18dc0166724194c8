"""The database of each namespace: a file of DuckDB, which outlives the emulator."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

_CONFIGURATION = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
    "threads": 2,
    "memory_limit": "1GB",
}


class Database:
    """One file, open once.

    Args:
        path: Its file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.Lock()
        self._connection: Any = duckdb.connect(
            str(path), config={**_CONFIGURATION, "temp_directory": str(path.parent / "spilled")}
        )
        self._connection.execute("CREATE SCHEMA IF NOT EXISTS public")

    def session(self) -> Any:
        """A connection of its own, with temporary tables of its own."""
        cursor = self._connection.cursor()
        cursor.execute("SET schema = 'public'; SET integer_division = true; SET TimeZone = 'UTC'")
        return cursor

    def settle(self) -> None:
        """Write everything to the file."""
        self._connection.execute("CHECKPOINT")

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


class Databases:
    """All databases, opened when they are first used.

    Args:
        folder: Where their files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: dict[str, Database] = {}

    def of(self, namespace: str, name: str) -> Database:
        """The database of a namespace, by the namespace's identifier."""
        with self._lock:
            if namespace not in self._open:
                self._open[namespace] = Database(self._folder / namespace / f"{name}.duckdb")
            return self._open[namespace]

    def delete(self, namespace: str) -> None:
        """Delete a database."""
        self._close(namespace)
        shutil.rmtree(self._folder / namespace, ignore_errors=True)

    def copy(self, namespace: str, name: str, kept: str) -> int:
        """Keep a copy of a database as a snapshot; returns its size in bytes."""
        database = self.of(namespace, name)
        with database.lock:
            database.settle()
            target = self._folder / "snapshots" / kept
            shutil.copytree(self._folder / namespace, target, dirs_exist_ok=True)
        return sum(each.stat().st_size for each in target.iterdir() if each.is_file())

    def put_back(self, namespace: str, name: str, kept: str) -> None:
        """Let a namespace have what a snapshot has, whatever its database is called."""
        self.delete(namespace)
        folder = self._folder / namespace
        shutil.copytree(self._folder / "snapshots" / kept, folder)
        [found] = folder.glob("*.duckdb")
        found.rename(folder / f"{name}.duckdb")

    def forget(self, kept: str) -> None:
        """Delete a snapshot."""
        shutil.rmtree(self._folder / "snapshots" / kept, ignore_errors=True)

    def _close(self, namespace: str) -> None:
        with self._lock:
            known = self._open.pop(namespace, None)
        if known:
            with known.lock, suppress(duckdb.Error):
                known.close()
