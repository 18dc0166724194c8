"""Queries that write: CREATE TABLE AS, INSERT INTO and UNLOAD."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from sqlglot import exp

from emulator.services.athena import values
from emulator.services.athena.errors import QueryFailed
from emulator.services.athena.language.dialect import parse_query
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog, column_types, text_formats
from emulator.services.athena.tables.catalog import CatalogTable, glue

PARQUET_LIBRARY = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
TEXT_FORMATS = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)
PARQUET_FORMATS = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
_MOST_PARTITIONS = 100
_PROPERTIES = frozenset(
    (
        "format",
        "external_location",
        "partitioned_by",
        "write_compression",
        "parquet_compression",
        "field_delimiter",
        "compression",
        "bucketed_by",
        "bucket_count",
        "partitioning",
        "table_type",
        "is_external",
        "location",
    )
)


@dataclass(frozen=True)
class Writing:
    """How files are written.

    Args:
        location: The folder.
        form: `PARQUET`, `TEXTFILE` or `JSON`.
        keys: The last columns, of which folders are made.
        compression: Such as `GZIP`.
        delimiter: Between the fields of text.
        query: The query's id, which names the files.
    """

    location: str
    form: str
    keys: Sequence[str]
    compression: str
    delimiter: str
    query: str


@dataclass(frozen=True)
class WrittenRows:
    """What was written: rows, files, and the values of each partition with its folder."""

    rows: int
    files: Sequence[str]
    partitions: Sequence[tuple[Sequence[str], str]]


def create_table_as(
    session: QuerySession, tree: exp.Create, query: str, output: str, *, enforced: bool, empty: bool
) -> WrittenRows:
    """Make a table of a query's rows."""
    name = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    database, table = str(name.db or session.database).lower(), name.name.lower()
    if catalog.table(database, table) is not None:
        if tree.args.get("exists"):
            return WrittenRows(0, [], [])
        raise QueryFailed(f"TABLE_ALREADY_EXISTS: Table 'awsdatacatalog.{database}.{table}' already exists")
    given = _properties(tree)
    if given.get("table_type", "HIVE").upper() == "ICEBERG":
        from emulator.services.athena.iceberg import changes

        return changes.create_table_as(session, tree.expression, database, table, given, empty=empty)
    if "bucketed_by" in given:
        raise QueryFailed("The emulator writes no buckets.")
    if enforced and "external_location" in given:
        raise QueryFailed(
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to"
            " an Athena Workgroup that enforces a centralized output location for all queries. Please remove the"
            " 'external_location' property and resubmit the query."
        )
    location = given.get("external_location") or f"{output.rstrip('/')}/tables/{query}/"
    writing = _writing(given, f"{location.rstrip('/')}/", query)
    _must_be_empty(session, writing, f"{database}.{table}")
    columns = staged(session, tree.expression, keys=writing.keys)
    written = WrittenRows(0, [], []) if empty else _write(session, columns, writing)
    kept = [(each, kind) for each, kind in columns if each not in writing.keys]
    glue(
        "CreateTable",
        DatabaseName=database,
        TableInput={
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [_glue_column(each, kind) for each, kind in columns if each in writing.keys],
            "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
            "StorageDescriptor": _descriptor(writing, [_glue_column(each, kind) for each, kind in kept]),
        },
    )
    _register(database, table, written)
    return written


def insert(session: QuerySession, tree: exp.Insert, query: str) -> WrittenRows:
    """Add a query's rows to a table."""
    target = tree.this
    name = target.this if isinstance(target, exp.Schema) else target
    database = str(name.db or session.database).lower()
    table = catalog.table(database, name.name)
    if table is None:
        raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{name.name}' does not exist")
    if table.view:
        raise QueryFailed("NOT_SUPPORTED: Inserting into views is not supported")
    named = [each.name.lower() for each in target.expressions] if isinstance(target, exp.Schema) else None
    if table.iceberg:
        from emulator.services.athena.iceberg import changes

        return changes.insert(session, tree.expression, table, named)
    writing = Writing(
        location=f"{table.storage.location.rstrip('/')}/",
        form=_form(table),
        keys=[key.name for key in table.keys],
        compression="GZIP",
        delimiter=table.storage.settings.get("field.delim", "\x01"),
        query=query,
    )
    columns = staged(session, tree.expression, into=table, named=named)
    written = _write(session, columns, writing)
    if not table.projected:
        _register(database, table.name, written)
    return written


_UNLOAD = re.compile(
    r"UNLOAD\s*\((?P<query>.*)\)\s*TO\s*'(?P<location>[^']+)'\s*(?:WITH\s*\((?P<with>.*)\))?", re.I | re.S
)


def unload(session: QuerySession, sql: str, query: str) -> WrittenRows:
    """Write a query's rows to a folder of S3."""
    found = _UNLOAD.fullmatch(sql.strip().rstrip(";").strip())
    if not found:
        raise QueryFailed("SYNTAX_ERROR: UNLOAD (SELECT …) TO 's3://…' WITH (format = '…') is expected")
    options = parse_query(f"CREATE TABLE unloaded WITH ({found['with'] or ''}) AS SELECT 1 AS one")
    given = _properties(cast(exp.Create, options))
    if "format" not in given:
        raise QueryFailed("The 'format' property must be specified for UNLOAD.")
    writing = _writing(
        {"write_compression": given.get("compression", "GZIP"), **given}, f"{found['location'].rstrip('/')}/", query
    )
    _must_be_empty(session, writing, "")
    return _write(session, staged(session, parse_query(found["query"]), keys=writing.keys), writing)


def _properties(tree: exp.Create) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in cast("exp.Properties", tree.args.get("properties") or exp.Properties(expressions=[])).expressions:
        match each:
            case exp.FileFormatProperty():
                found["format"] = each.this.name
            case exp.PartitionedByProperty():
                found["partitioned_by"] = json.dumps([part.name.lower() for part in each.this.expressions])
            case exp.LocationProperty():
                found["location"] = each.this.name
            case exp.Property():
                key = str(each.this.name if isinstance(each.this, exp.Expr) else each.this).lower()
                value = each.args.get("value")
                if isinstance(value, exp.Array):
                    found[key] = json.dumps([part.name.lower() for part in value.expressions])
                elif isinstance(value, exp.Boolean):
                    found[key] = str(value.this).lower()
                else:
                    found[key] = value.name if isinstance(value, exp.Expr) else str(value)
            case _:
                raise QueryFailed(f"The emulator does not know the property {each.sql('trino')}.")
    unknown = set(found) - _PROPERTIES
    if unknown:
        raise QueryFailed(f"The emulator does not know the property {', '.join(sorted(unknown))}.")
    return found


def _writing(given: Mapping[str, str], location: str, query: str) -> Writing:
    form = given.get("format", "PARQUET").upper()
    if form not in ("PARQUET", "TEXTFILE", "JSON"):
        raise QueryFailed(f"The emulator writes PARQUET, TEXTFILE and JSON, and no {form}.")
    compression = given.get("write_compression") or given.get("parquet_compression") or "GZIP"
    keys: list[str] = json.loads(given.get("partitioned_by", "[]"))
    return Writing(location, form, keys, compression.upper(), given.get("field_delimiter", "\x01"), query)


def _must_be_empty(session: QuerySession, writing: Writing, name: str) -> None:
    if session.objects.below(writing.location):
        what = f" for table '{name}'" if name else ""
        raise QueryFailed(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory{what} already exists: {writing.location}. You may need to"
            " manually clean the data at location before retrying."
        )


def staged(
    session: QuerySession,
    tree: exp.Expr,
    *,
    keys: Sequence[str] = (),
    into: CatalogTable | None = None,
    named: Sequence[str] | None = None,
    kept: Callable[[str], str] = column_types.stored,
) -> list[tuple[str, str]]:
    """A query's rows in the table `staged`, as files hold them; names and DuckDB's types of its columns.

    Args:
        session: Of the query.
        tree: The query.
        keys: Keys of partitions, which are the last columns.
        into: The table whose columns they become.
        named: Those of its columns that the query gives.
        kept: DuckDB's type in which a column of some type is kept.
    """
    source = tree if isinstance(tree, exp.Query) else exp.select("*").from_(tree)
    sql, names, kinds = session.prepared(source.unnest() if isinstance(source, exp.Subquery) else source)
    if into is None:
        for place, name in enumerate(names):
            if re.fullmatch(r"_col\d+", name):
                raise QueryFailed(f"MISSING_COLUMN_NAME: line 1:1: Column name not specified at position {place + 1}")
        columns = [(name.lower(), kept(kind)) for name, kind in zip(names, kinds, strict=True)]
        if list(keys) != [name for name, _ in columns][len(columns) - len(keys) :]:
            raise QueryFailed(
                "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same"
                " order as the table properties: [" + ", ".join(keys) + "]"
            )
        values_ = [f'CAST(c{place} AS {kind}) AS "{name}"' for place, (name, kind) in enumerate(columns)]
    else:
        all_columns = [*into.columns, *into.keys]
        order = list(named) if named is not None else [each.name for each in all_columns]
        if len(order) != len(names) or set(order) - {each.name for each in all_columns}:
            raise QueryFailed(
                "TYPE_MISMATCH: Insert query has mismatched column types: Table has"
                f" {len(order)} columns, query {len(names)}"
            )
        columns = [(each.name, column_types.of_glue(each.kind)) for each in all_columns]
        values_ = [
            f'CAST({f"c{order.index(name)}" if name in order else "NULL"} AS {kind}) AS "{name}"'
            for name, kind in columns
        ]
    places = ", ".join(f"c{place}" for place in range(len(names)))
    session.execute(f"CREATE TEMP TABLE staged AS SELECT {', '.join(values_)} FROM ({sql}) AS given({places})")
    return columns


def _write(session: QuerySession, columns: Sequence[tuple[str, str]], writing: Writing) -> WrittenRows:
    rows = int(session.execute("SELECT count(*) FROM staged").fetchone()[0])
    kept = ", ".join(f'"{name}"' for name, _ in columns if name not in writing.keys)
    files: list[str] = []
    partitions: list[tuple[Sequence[str], str]] = []
    if not writing.keys:
        if rows:
            files.append(_file(session, f"SELECT {kept} FROM staged", writing, writing.location, 0))
        return WrittenRows(rows, files, partitions)
    keys = ", ".join(f'"{key}"' for key in writing.keys)
    found = session.execute(
        f"SELECT DISTINCT {keys} FROM staged ORDER BY {keys} LIMIT {_MOST_PARTITIONS + 1}"
    ).fetchall()
    if len(found) > _MOST_PARTITIONS:
        raise QueryFailed("HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets.")
    for number, each in enumerate(found):
        texts = ["__HIVE_DEFAULT_PARTITION__" if value is None else str(values.text(value)) for value in each]
        folders = (f"{key}={quote(text, safe='-_. ~,')}" for key, text in zip(writing.keys, texts, strict=True))
        location = f"{writing.location}{'/'.join(folders)}/"
        session.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE part AS SELECT {kept} FROM staged WHERE "
            + " AND ".join(f'"{key}" IS NOT DISTINCT FROM ?' for key in writing.keys),
            list(each),
        )
        files.append(_file(session, "SELECT * FROM part", writing, location, number))
        partitions.append((texts, location))
    return WrittenRows(rows, files, partitions)


def _file(session: QuerySession, sql: str, writing: Writing, location: str, number: int) -> str:
    name = f"{writing.query.replace('-', '')[:24]}_{number:05}_{writing.query}"
    path = session.objects.folder / f"written-{number}"
    match writing.form:
        case "PARQUET":
            codec = {"NONE": "UNCOMPRESSED"}.get(writing.compression, writing.compression)
            session.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, CODEC '{codec}')")
            content, ending = path.read_bytes(), ""
        case "JSON":
            session.execute(f"COPY ({sql}) TO '{path}' (FORMAT json)")
            content, ending = _pressed(path.read_bytes(), writing)
        case _:
            content, ending = _pressed(_text(session, sql, writing.delimiter), writing)
    uri = f"{location}{name}{ending}"
    session.objects.write(uri, content)
    return uri


def _pressed(content: bytes, writing: Writing) -> tuple[bytes, str]:
    match writing.compression:
        case "GZIP":
            return gzip.compress(content, mtime=0), ".gz"
        case "NONE":
            return content, ""
        case _:
            raise QueryFailed(f"The emulator compresses text with GZIP only, not with {writing.compression}.")


def _text(session: QuerySession, sql: str, delimiter: str) -> bytes:
    described = session.execute(f"DESCRIBE {sql}").fetchall()
    kinds = [str(row[1]) for row in described]
    if any(kind.endswith("]") or kind.startswith(("STRUCT", "MAP")) for kind in kinds):
        raise QueryFailed("The emulator writes no arrays, maps and rows as text; use PARQUET or JSON.")
    lines = (
        delimiter.join(
            "\\N" if value is None else str(values.text(value, kind)) for value, kind in zip(row, kinds, strict=True)
        )
        for row in session.execute(sql).fetchall()
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _register(database: str, table: str, written: WrittenRows) -> None:
    if not written.partitions:
        return
    of = catalog.required_table(database, table)
    known = {tuple(each.values) for each in catalog.partitions(of)}
    new = [(texts, location) for texts, location in written.partitions if tuple(texts) not in known]
    if new:
        described = catalog.storage_request(of, "")
        glue(
            "BatchCreatePartition",
            DatabaseName=database,
            TableName=table,
            PartitionInputList=[
                {"Values": list(texts), "StorageDescriptor": {**described, "Location": location}}
                for texts, location in new
            ],
        )


def _form(table: CatalogTable) -> str:
    library = table.storage.library
    if "parquet" in library.lower():
        return "PARQUET"
    if library in (text_formats.OPENX, text_formats.HCATALOG):
        return "JSON"
    if library == text_formats.LAZY:
        return "TEXTFILE"
    raise QueryFailed(f"NOT_SUPPORTED: Inserting into a table with {library} is not supported.")


def _glue_column(name: str, kind: str) -> dict[str, str]:
    return {"Name": name, "Type": column_types.to_glue(kind)}


def _descriptor(writing: Writing, columns: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    settings: dict[str, str] = {"serialization.format": "1"}
    library, formats = PARQUET_LIBRARY, PARQUET_FORMATS
    if writing.form != "PARQUET":
        formats = TEXT_FORMATS
        library = text_formats.HCATALOG if writing.form == "JSON" else text_formats.LAZY
    if writing.form == "TEXTFILE":
        settings["field.delim"] = writing.delimiter
    return {
        "Columns": list(columns),
        "Location": writing.location,
        "InputFormat": formats[0],
        "OutputFormat": formats[1],
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": settings},
    }
