"""Formats of dates and times: MySQL's and Java's, as Athena takes them, in the letters of DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from emulator.services.athena.errors import QueryFailed

_MYSQL: Mapping[str, str] = {
    "a": "%a",
    "b": "%b",
    "c": "%-m",
    "d": "%d",
    "e": "%-d",
    "f": "%f",
    "H": "%H",
    "h": "%I",
    "I": "%I",
    "i": "%M",
    "j": "%j",
    "k": "%-H",
    "l": "%-I",
    "M": "%B",
    "m": "%m",
    "p": "%p",
    "r": "%I:%M:%S %p",
    "S": "%S",
    "s": "%S",
    "T": "%H:%M:%S",
    "v": "%V",
    "W": "%A",
    "x": "%G",
    "Y": "%Y",
    "y": "%y",
    "%": "%%",
}
_JAVA: Mapping[str, str] = {
    "yyyy": "%Y",
    "y": "%Y",
    "yy": "%y",
    "MM": "%m",
    "M": "%-m",
    "MMM": "%b",
    "MMMM": "%B",
    "dd": "%d",
    "d": "%-d",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%g",
    "a": "%p",
    "EEE": "%a",
    "EEEE": "%A",
    "E": "%a",
    "D": "%-j",
    "Z": "%z",
    "ZZ": "%z",
}


def mysql(form: exp.Expr) -> exp.Expr:
    """A format of `date_parse` and `date_format`; raises QueryFailed for what it cannot translate."""
    return exp.Literal.string(re.sub(r"%(.)", lambda found: _letter(_MYSQL, found[1], found[0]), _literal(form)))


def java(form: exp.Expr) -> exp.Expr:
    """A format of `parse_datetime` and `format_datetime`; raises QueryFailed for what it cannot translate."""

    def part(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1].replace("%", "%%") or "'"
        return _letter(_JAVA, found[2], found[2])

    return exp.Literal.string(re.sub(r"'([^']*)'|(([A-Za-z])\3*)", part, _literal(form)))


def _literal(form: exp.Expr) -> str:
    if not isinstance(form, exp.Literal):
        raise QueryFailed("The emulator translates formats of dates that are literals only.")
    return str(form.this)


def _letter(table: Mapping[str, str], letter: str, given: str) -> str:
    if letter not in table:
        raise QueryFailed(f"The emulator does not translate {given} in a format of dates.")
    return table[letter]
