"""Values and columns of a result, as the Data API has them."""

from __future__ import annotations

import base64
import datetime
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_TYPES = {
    "BOOLEAN": "bool",
    "TINYINT": "int2",
    "SMALLINT": "int2",
    "INTEGER": "int4",
    "BIGINT": "int8",
    "HUGEINT": "numeric",
    "FLOAT": "float4",
    "DOUBLE": "float8",
    "VARCHAR": "varchar",
    "JSON": "super",
    "BLOB": "varbyte",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "intervald2s",
    '"NULL"': "unknown",
}
_DIGITS = {"int2": 5, "int4": 10, "int8": 19, "float4": 8, "float8": 17, "numeric": 38, "bool": 1}


def type_name(kind: str) -> str:
    """Redshift's name of DuckDB's type."""
    return (
        "numeric" if kind.startswith("DECIMAL") else _TYPES.get(kind, "super" if kind[-1:] in "])" else kind.lower())
    )


def column(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A column, by its name and DuckDB's type."""
    known = type_name(kind)
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    digits, scale = (int(decimal[1]), int(decimal[2])) if decimal else (_DIGITS.get(known, 0), 0)
    return {
        "isCaseSensitive": known == "varchar",
        "isCurrency": False,
        "isSigned": known in _DIGITS and known != "bool",
        "label": name,
        "length": 0,
        "name": name,
        "nullable": 1,
        "precision": digits,
        "scale": scale,
        "schemaName": "",
        "tableName": "",
        "typeName": known,
        **more,
    }


def described(names: Sequence[str], kinds: Sequence[str]) -> list[dict[str, Any]]:
    """The columns of a result."""
    return [column(name, kind) for name, kind in zip(names, kinds, strict=True)]


def fields(row: Sequence[Any], kinds: Sequence[str]) -> list[dict[str, Any]]:
    """A row of a result."""
    return [_field(value, type_name(kind)) for value, kind in zip(row, kinds, strict=True)]


def _field(value: Any, kind: str) -> dict[str, Any]:
    match value:
        case None:
            return {"isNull": True}
        case bool():
            return {"booleanValue": value}
        case int() if kind.startswith("int"):
            return {"longValue": value}
        case float():
            return {"doubleValue": value}
        case bytes():
            return {"blobValue": base64.b64encode(value).decode()}
        case _:
            return {"stringValue": text_of(value)}


def text_of(value: Any) -> str:
    """A value as text, as `UNLOAD` writes it too."""
    match value:
        case bool():
            return "t" if value else "f"
        case datetime.datetime():
            shown = value.strftime("%Y-%m-%d %H:%M:%S") + (
                f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
            )
            return f"{shown}+00" if value.tzinfo else shown
        case Decimal():
            return f"{value:f}"
        case float():
            return repr(value).removesuffix(".0")
        case bytes():
            return value.hex()
        case dict() | list():
            return json.dumps(value, separators=(",", ":"), default=str)
        case _:
            return str(value)
