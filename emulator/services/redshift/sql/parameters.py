"""Texts of statements: one divided from the next, and parameters in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from emulator.services.athena.errors import QueryFailed

_OPAQUE = r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|\$\$.*?\$\$|--[^\n]*|/\*.*?\*/"
_PARTS = re.compile(rf"(?P<opaque>{_OPAQUE})|(?P<end>;)|(?P<cast>::)|:(?P<name>[A-Za-z_]\w*)", re.S)


def split_statements(sql: str) -> list[str]:
    """The statements of a text, but empty ones."""
    found, start = list[str](), 0
    for each in _PARTS.finditer(sql):
        if each["end"]:
            found.append(sql[start : each.start()])
            start = each.end()
    return [each for each in (*found, sql[start:]) if bare(each)]


def bare(sql: str) -> str:
    """A statement without what comes before and after it: comments, blanks, semicolons."""
    return re.sub(r"^(\s*(--[^\n]*(\n|$)|/\*.*?\*/))*", "", sql, flags=re.S).strip().rstrip(";").strip()


def filled(sql: str, given: Sequence[Mapping[str, str]]) -> str:
    """A statement with the values of parameters in the place of their names; raises QueryFailed."""
    values = {str(each["name"]): str(each["value"]) for each in given}
    used: set[str] = set()

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        if not name:
            return found[0]
        if name not in values:
            raise QueryFailed(f"ERROR: There is no value for the parameter {name}.")
        used.add(name)
        # Redshift's texts have escapes.
        escaped = values[name].replace("\\", "\\\\").replace("'", "''")
        return f"'{escaped}'"

    text = _PARTS.sub(put, sql)
    unused = values.keys() - used
    if unused and used:
        return text
    if unused:
        raise QueryFailed(f"ERROR: The statement does not name the parameters {', '.join(sorted(unused))}.")
    return text


def outside_quotes(sql: str, pattern: str, by: str) -> str:
    """A statement in which `by` replaces what matches a pattern, but in texts, names in quotes and comments."""
    parts = re.split(f"({_OPAQUE})", sql, flags=re.S)
    return "".join(part if place % 2 else re.sub(pattern, by, part, flags=re.I) for place, part in enumerate(parts))
