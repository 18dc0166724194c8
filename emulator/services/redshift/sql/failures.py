"""What Redshift would say of errors of DuckDB's."""

from __future__ import annotations

import re

from emulator.services.athena.errors import QueryFailed

_WORDS = (
    (r"Table with name (\S+) does not exist", 'relation "{0}" does not exist'),
    (r'Referenced (?:update )?column "?([^"\s]+)"? not found', 'column "{0}" does not exist'),
    (r'does not have a column (?:named|with name) "([^"]+)"', 'column "{0}" does not exist'),
    (r"Schema with name (\S+) does not exist", 'schema "{0}" does not exist'),
    (r'Table with name "([^"]+)" already exists', 'Relation "{0}" already exists'),
    (r'Schema with name "([^"]+)" already exists', 'Schema "{0}" already exists'),
    (r'syntax error at or near "([^"]+)"', 'syntax error at or near "{0}"'),
    (
        r"Function with name (\S+) does not exist",
        "function {0} does not exist, or the emulator does not translate it",
    ),
    (r"ivision by zero", "division by zero"),
    (
        r"CHECK constraint failed .*strlen\(\"?([^\")]+)\"?\) <= (\d+)",
        "value too long for type character varying({1})",
    ),
    (r"NOT NULL constraint failed: (?:\S+\.)?(\S+)", "Cannot insert a NULL value into column {0}"),
)


def reason_of(error: Exception) -> str:
    """The message of an error, without where in DuckDB's words it is."""
    said = str(error).split("\n\nLINE")[0].strip()
    if "INTERRUPT" in said.upper():
        return "ERROR: Query cancelled on user's request"
    for pattern, words in _WORDS:
        if found := re.search(pattern, said):
            return f"ERROR: {words.format(*found.groups())}"
    first = said.split("\n", 1)[0]
    return f"ERROR: {first.partition(': ')[2] or first}"


def error_text(error: Exception) -> str:
    """What is said of an error that nobody has foreseen."""
    return f"ERROR: The emulator could not carry out this statement: {type(error).__name__}: {error}"


def not_supported(what: str) -> QueryFailed:
    """The failure of what Redshift carries out and the emulator does not."""
    return QueryFailed(f"ERROR: The emulator does not support {what}.")
