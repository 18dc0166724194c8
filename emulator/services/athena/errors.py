"""Why a query ends without an answer."""

from __future__ import annotations

import re


class QueryFailed(Exception):  # noqa: N818
    """A query fails; the message is the reason that its execution shows."""


class QueryCancelled(Exception):  # noqa: N818
    """A query is cancelled; the message is the reason that its execution shows."""


def not_understood(sql: str) -> QueryFailed:
    """The failure of a statement that is none of those carried out."""
    return QueryFailed(f"The emulator does not carry out: {' '.join(sql.split())[:200]}")


def reason_of(error: Exception) -> str:
    """What Athena would say of an error of DuckDB's."""
    said = str(error).split("\n\nLINE")[0].strip()
    first = said.split("\n", 1)[0]
    if found := re.search(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"', said):
        return (
            f"COLUMN_NOT_FOUND: Column '{found[1] or found[2]}' cannot be resolved or requester is not authorized to"
            " access requested resources"
        )
    if "ivision by zero" in said:
        return "DIVISION_BY_ZERO: Division by zero"
    if "must appear in the GROUP BY" in said:
        return f"EXPRESSION_NOT_AGGREGATE: {first.partition(': ')[2]}"
    if first.startswith("Conversion Error"):
        return f"INVALID_CAST_ARGUMENT: {first.partition(': ')[2]}"
    if "INTERRUPT" in said.upper():
        return "Query was cancelled by user"
    return first
