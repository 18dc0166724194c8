"""Values of a result as Athena writes them."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

_PLAIN = (1e-3, 1e7)


def java_double(value: float) -> str:
    """A floating point number as Java writes it: `1.0E10`, `NaN`, `Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return repr(float(value))
    digits, _, power = f"{Decimal(repr(value)):e}".partition("e")
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}E{int(power)}"


def text(value: Any, kind: str = "") -> str | None:
    """A value of a result as text, None for NULL; `kind` is DuckDB's type."""
    if value is None:
        return None
    if kind == "FLOAT":
        return java_double(float(f"{value:.9g}") if not math.isfinite(value) else _short(value))
    return _text(value)


def _short(value: float) -> float:
    """The shortest number that is the same one in single precision."""
    struct = __import__("struct")
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value


def _text(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return java_double(value)
        case datetime.datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}"
        case datetime.date():
            return value.isoformat()
        case datetime.time():
            return value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03}"
        case datetime.timedelta():
            seconds, days = value.seconds, value.days
            clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
            return f"{days} {clock}.{value.microseconds // 1000:03}"
        case bytes() | bytearray():
            return value.hex(" ")
        case Decimal():
            return f"{value:f}"
        case dict():
            pairs = cast(Mapping[Any, Any], value).items()
            return "{" + ", ".join(f"{_text(key)}={_text(each)}" for key, each in pairs) + "}"
        case tuple():
            fields = enumerate(cast(Sequence[Any], value))
            return "{" + ", ".join(f"field{place}={_text(each)}" for place, each in fields) + "}"
        case list():
            return "[" + ", ".join(_text(each) for each in cast(Sequence[Any], value)) + "]"
        case _:
            return str(value)


def csv(rows: Sequence[Sequence[str | None]]) -> bytes:
    """Rows as Athena's result file has them: every value in quotes, NULL as nothing."""
    lines = (",".join("" if each is None else '"' + each.replace('"', '""') + '"' for each in row) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode()


def json_text(value: Any) -> str:
    """A value of a JSON document in a column of text."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def read_csv(content: str) -> list[list[str | None]]:
    """The rows of a result file."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    place = 0
    while place < len(content):
        if content[place] == '"':
            end = place + 1
            while content[end] != '"' or content[end : end + 2] == '""':
                end += 2 if content[end] == '"' else 1
            row.append(content[place + 1 : end].replace('""', '"'))
            place = end + 1
        else:
            row.append(None)
        if content[place] == "\n":
            rows.append(row)
            row = []
        place += 1
    return rows
