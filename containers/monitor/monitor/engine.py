"""DuckDB, within the memory of a job, and what is written into its statements."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager

import duckdb

_MEMORY = "1200MB"


@contextmanager
def connected() -> Generator[duckdb.DuckDBPyConnection]:
    """A database in memory, whose overflow is in files that are gone afterwards; it loads nothing from a network."""
    with tempfile.TemporaryDirectory() as scratch:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": _MEMORY,
                "temp_directory": scratch,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        with connection:
            yield connection


def text(value: str) -> str:
    """A literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name of SQL."""
    return '"' + name.replace('"', '""') + '"'
