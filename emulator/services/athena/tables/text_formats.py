"""Text files as Hive's serializers read them: rows of text, JSON for what is nested, None for NULL."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.tables.catalog import TableColumn
from emulator.services.athena.values import json_text

OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
HCATALOG = "org.apache.hive.hcatalog.data.JsonSerDe"

Rows = Iterator[list[str | None]]
Reader = Callable[[str, Sequence[TableColumn], Mapping[str, str]], Rows]


def lines(text: str, settings: Mapping[str, str]) -> list[str]:
    """Lines of a file without its header."""
    kept = re.split(r"\r\n|\n|\r", text)
    if kept and not kept[-1]:
        kept.pop()
    return kept[int(settings.get("skip.header.line.count") or 0) :]


def _lazy(text: str, columns: Sequence[TableColumn], settings: Mapping[str, str]) -> Rows:
    delimiter = settings.get("field.delim") or settings.get("serialization.format") or "\x01"
    delimiter = "\x01" if delimiter == "1" else delimiter
    escape, null = settings.get("escape.delim", ""), settings.get("serialization.null.format", "\\N")
    for line in lines(text, settings):
        values = _unescaped(line, delimiter, escape) if escape else line.split(delimiter)
        row: list[str | None] = [None if value == null else value for value in values[: len(columns)]]
        row += [None] * (len(columns) - len(row))
        yield [_nested(value, column, settings) for value, column in zip(row, columns, strict=True)]


def _nested(value: str | None, column: TableColumn, settings: Mapping[str, str]) -> str | None:
    kind = column.kind.lower()
    if value is None or not kind.startswith(("array", "map", "struct")):
        # What is no number of the type is NULL, and text is never missing.
        return value if value or kind.startswith(("string", "varchar", "char")) else None
    items = value.split(settings.get("collection.delim") or settings.get("colelction.delim") or "\x02")
    if kind.startswith("array"):
        return json.dumps(items)
    if kind.startswith("map"):
        between = settings.get("mapkey.delim") or "\x03"
        return json.dumps({key: item for key, _, item in (each.partition(between) for each in items)})
    names = [part.split(":")[0].strip() for part in kind.partition("<")[2].removesuffix(">").split(",")]
    return json.dumps(dict(zip(names, items, strict=False)))


def _unescaped(line: str, delimiter: str, escape: str) -> list[str]:
    values, current, place = [""], 0, 0
    while place < len(line):
        if line[place] == escape and place + 1 < len(line):
            place += 1
            values[current] += line[place]
        elif line[place] == delimiter:
            values.append("")
            current += 1
        else:
            values[current] += line[place]
        place += 1
    return values


def _open_csv(text: str, columns: Sequence[TableColumn], settings: Mapping[str, str]) -> Rows:
    reader = csv.reader(
        io.StringIO("\n".join(lines(text, settings)) + "\n"),
        delimiter=settings.get("separatorChar", ","),
        quotechar=settings.get("quoteChar", '"'),
        escapechar=settings.get("escapeChar", "\\"),
        doublequote=True,
    )
    for values in reader:
        row: list[str | None] = [*values[: len(columns)]]
        row += [None] * (len(columns) - len(row))
        yield [_open_csv_value(value, column.kind.lower()) for value, column in zip(row, columns, strict=True)]


def _open_csv_value(value: str | None, kind: str) -> str | None:
    """Dates are days, and times milliseconds since 1970; an empty value is text, and fits nothing else."""
    if value is None or kind == "string" or kind.startswith(("varchar", "char")):
        return value
    try:
        if kind == "date":
            return f"{int(value)}"
        if kind == "timestamp":
            return f"{int(value)}"
    except ValueError as error:
        raise QueryFailed(f"HIVE_BAD_DATA: Error parsing field value '{value}' for field of type {kind}") from error
    return value


def _json(text: str, columns: Sequence[TableColumn], settings: Mapping[str, str]) -> Rows:
    renamed = {name.removeprefix("mapping."): key for name, key in settings.items() if name.startswith("mapping.")}
    tolerant = settings.get("ignore.malformed.json", "").lower() == "true"
    for line in lines(text, settings):
        if not line.strip():
            continue
        try:
            document: Any = json.loads(line)
        except ValueError as error:
            if not tolerant:
                raise QueryFailed(
                    f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {error}"
                ) from error
            yield [None] * len(columns)
            continue
        if not isinstance(document, dict):
            raise QueryFailed("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
        fields = {key.lower(): value for key, value in cast(dict[str, Any], document).items()}
        row: list[str | None] = []
        for column in columns:
            value = fields.get(renamed.get(column.name, column.name).lower())
            row.append(None if value is None else json_text(value))
        yield row


READERS: Mapping[str, Reader] = {LAZY: _lazy, OPEN_CSV: _open_csv, OPENX: _json, HCATALOG: _json}
"""How to read the files of each serializer."""


def normal_lines(rows: Rows, last: str) -> Iterator[str]:
    """Rows as lines that DuckDB reads: every value in quotes, NULL as nothing, and at the end the file's path."""
    for row in rows:
        values = ("" if each is None else '"' + each.replace('"', '""') + '"' for each in [*row, last])
        yield ",".join(values) + "\n"
