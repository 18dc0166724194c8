"""Types of columns, as Glue writes them, as DuckDB has them and as Athena names them in results."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.services.athena.errors import QueryFailed

_DUCKDB = {
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "real": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
    "varbinary": "BLOB",
}
_ATHENA = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "UUID": "varchar",
    "JSON": "json",
    "BLOB": "varbinary",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "INTERVAL": "interval day to second",
}
_HIVE = {"varchar": "string", "integer": "int", "varbinary": "binary", "json": "string"}
_PRECISION = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17, "date": 0}
_WIDER = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_TIMESTAMPS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")


def of_glue(kind: str) -> str:
    """DuckDB's type of a column of Glue; raises QueryFailed for one that the emulator does not read."""
    name, inner = _parted(kind.strip().lower())
    if name == "array":
        return f"{of_glue(inner)}[]"
    if name == "map":
        key, value = _split(inner)
        return f"MAP({of_glue(key)}, {of_glue(value)})"
    if name in ("struct", "row"):
        fields = (part.partition(":") for part in _split(inner))
        return "STRUCT(" + ", ".join(f'"{field.strip()}" {of_glue(of)}' for field, _, of in fields) + ")"
    if name == "decimal":
        return f"DECIMAL({inner or '10, 0'})"
    if name not in _DUCKDB:
        raise QueryFailed(f"The emulator reads no columns of type {kind}.")
    return _DUCKDB[name]


def of_result(kind: str) -> str:
    """Athena's name of DuckDB's type, as GetQueryResults has it."""
    if kind.endswith("[]") or re.fullmatch(r".*\[\d+\]", kind):
        return "array"
    name = kind.partition("(")[0].strip()
    nested = {"STRUCT": "row", "TUPLE": "row", "MAP": "map", "DECIMAL": "decimal"}
    if name in nested:
        return nested[name]
    return _ATHENA.get(kind, "unknown" if kind == '"NULL"' else kind.lower())


def to_glue(kind: str) -> str:
    """Glue's type for a column of DuckDB's type; raises QueryFailed when a table cannot hold it."""
    if kind.endswith("[]"):
        return f"array<{to_glue(kind[:-2])}>"
    name, _, rest = kind.partition("(")
    inner = rest.removesuffix(")")
    if name == "MAP":
        key, value = _split(inner)
        return f"map<{to_glue(key)},{to_glue(value)}>"
    if name == "STRUCT":
        fields = (re.fullmatch(r'"?([^"]+?)"? (.+)', part.strip()) for part in _split(inner))
        return "struct<" + ",".join(f"{field[1]}:{to_glue(field[2])}" for field in fields if field) + ">"
    if name == "DECIMAL":
        return f"decimal({inner.replace(' ', '')})"
    athena = _ATHENA.get(kind)
    if athena in (None, "time", "interval day to second", "timestamp with time zone"):
        raise QueryFailed(f"NOT_SUPPORTED: Unsupported Hive type: {athena or 'unknown'}")
    return _HIVE.get(str(athena), str(athena))


def stored(kind: str) -> str:
    """DuckDB's type in which a result is written, so that a file holds what its table says."""
    return of_glue(to_glue(kind))


def precision(athena: str, kind: str) -> tuple[int, int]:
    """Precision and scale of a column of a result."""
    if athena == "decimal" and (found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)):
        return int(found[1]), int(found[2])
    if athena == "varchar":
        return 2147483647, 0
    return _PRECISION.get(athena, 3 if athena.startswith("timestamp") else 0), 0


def readable(found: str, declared: str) -> bool:
    """Whether Athena reads a column of a Parquet file, of DuckDB's type, as the table declares it."""
    if found == declared or found == '"NULL"':
        return True
    if found in _WIDER and declared in _WIDER:
        return _WIDER.index(found) <= _WIDER.index(declared)
    if found.startswith("DECIMAL(") and declared.startswith("DECIMAL("):
        return True
    if found in _TIMESTAMPS and declared in ("TIMESTAMP", "DATE"):
        return declared == "TIMESTAMP"
    if (found, declared) in (("FLOAT", "DOUBLE"), ("BLOB", "VARCHAR"), ("VARCHAR", "BLOB"), ("ENUM", "VARCHAR")):
        return True
    return found[:3] == declared[:3] and found[-1] in ")]" and declared[-1] in ")]"


def _parted(kind: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\w+)\s*[<(](.*)[>)]", kind, re.DOTALL)
    return (found[1], found[2].strip()) if found else (kind, "")


def _split(inner: str) -> list[str]:
    return list(_parts(inner))


def _parts(inner: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, letter in enumerate(inner):
        depth += letter in "<(["
        depth -= letter in ">)]"
        if letter == "," and depth == 0:
            yield inner[start:place]
            start = place + 1
    yield inner[start:]
