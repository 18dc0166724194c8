"""Statements that change the catalog: databases, tables, views."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlglot import exp, parse_one
from sqlglot.dialects.hive import Hive
from sqlglot.errors import ParseError, TokenError

from emulator.services.athena.errors import QueryFailed, not_understood
from emulator.services.athena.language.columns import column_of, columns_of
from emulator.services.athena.language.dialect import parse_query
from emulator.services.athena.partitions import add_partitions, drop_partitions
from emulator.services.athena.session import QuerySession
from emulator.services.athena.tables import catalog, column_types, text_formats
from emulator.services.athena.tables.catalog import CatalogTable, glue
from emulator.services.athena.writes import PARQUET_FORMATS, PARQUET_LIBRARY, TEXT_FORMATS
from emulator.shapes.errors import ServiceError

_LIBRARIES = {
    "PARQUET": (PARQUET_LIBRARY, *PARQUET_FORMATS),
    "TEXTFILE": (text_formats.LAZY, *TEXT_FORMATS),
    "JSONFILE": (text_formats.HCATALOG, *TEXT_FORMATS),
}
_DELIMITERS = {
    "fields": "field.delim",
    "escaped": "escape.delim",
    "collection_items": "collection.delim",
    "map_keys": "mapkey.delim",
    "lines": "line.delim",
    "null": "serialization.null.format",
}

Lines = list[str]


def create_database(sql: str) -> Lines:
    """CREATE DATABASE or SCHEMA."""
    found = re.fullmatch(
        r"CREATE\s+(?:DATABASE|SCHEMA)\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?[`\"]?(?P<name>\w+)[`\"]?"
        r"(?:\s+COMMENT\s+'(?P<comment>[^']*)')?(?:\s+LOCATION\s+'(?P<location>[^']*)')?"
        r"(?:\s+WITH\s+DBPROPERTIES\s*\((?P<properties>.*)\))?",
        sql,
        re.I | re.S,
    )
    if not found:
        raise not_understood(sql)
    given: dict[str, Any] = {"Name": found["name"].lower()}
    if found["comment"]:
        given["Description"] = found["comment"]
    if found["location"]:
        given["LocationUri"] = found["location"]
    if found["properties"]:
        pairs = re.findall(r"'([^']*)'\s*=\s*'([^']*)'", found["properties"])
        given["Parameters"] = dict(pairs)
    try:
        glue("CreateDatabase", DatabaseInput=given)
    except ServiceError as error:
        if error.code != "AlreadyExistsException" or not found["exists"]:
            raise QueryFailed(f"FAILED: Execution Error: Database {given['Name']} already exists") from error
    return []


def drop(session: QuerySession, sql: str) -> Lines:
    """DROP DATABASE, TABLE or VIEW."""
    found = re.fullmatch(
        rf"DROP\s+(DATABASE|SCHEMA|TABLE|VIEW)\s+(IF\s+EXISTS\s+)?{catalog.TABLE_NAME}(?:\s+(CASCADE|RESTRICT))?",
        sql,
        re.I,
    )
    if not found:
        raise not_understood(sql)
    kind, tolerant, database, name, how = found.groups()
    if kind.upper() in ("DATABASE", "SCHEMA"):
        if name.lower() not in catalog.databases():
            if tolerant:
                return []
            raise QueryFailed(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
        within = list(catalog.tables(name))
        if within and (how or "").upper() != "CASCADE":
            raise QueryFailed(f"FAILED: Execution Error: Database {name} is not empty. One or more tables exist.")
        glue("DeleteDatabase", Name=name.lower())
        return []
    schema = (database or session.database).lower()
    table = catalog.table(schema, name)
    if table is None:
        if tolerant:
            return []
        raise QueryFailed(f"FAILED: SemanticException [Error 10001]: Table not found {schema}.{name}")
    if bool(table.view) != (kind.upper() == "VIEW"):
        raise QueryFailed(f"FAILED: SemanticException: {schema}.{name} is {'a' if table.view else 'no'} view")
    glue("DeleteTable", DatabaseName=schema, Name=name.lower())
    if table.iceberg:
        from emulator.services.athena.iceberg import definitions as iceberg_tables

        iceberg_tables.delete_files(session, table)
    return []


def create_table(session: QuerySession, sql: str) -> Lines:
    """CREATE EXTERNAL TABLE, and CREATE TABLE for Iceberg."""
    try:
        tree = parse_one(sql, dialect=Hive)
    except (ParseError, TokenError) as error:
        raise QueryFailed(f"FAILED: ParseException {error}") from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise not_understood(sql)
    schema = tree.this
    name = cast(exp.Table, schema.this)
    database = str(name.db or session.database).lower()
    given = _table_properties(tree)
    iceberg = given["parameters"].get("table_type", "").upper() == "ICEBERG"
    external = "EXTERNAL" in sql.upper().split("TABLE")[0]
    if iceberg and external:
        raise QueryFailed("FAILED: SemanticException External keyword is not supported for table type ICEBERG")
    if not iceberg and not external:
        raise QueryFailed("FAILED: SemanticException: only CREATE EXTERNAL TABLE is supported for tables in S3")
    if given["transformed"] and not iceberg:
        raise QueryFailed("FAILED: ParseException: a key of partitions is a column with a type")
    if not given["location"]:
        raise QueryFailed("FAILED: SemanticException table location must be set with LOCATION")
    if not iceberg and not str(given["location"]).endswith("/"):
        raise QueryFailed(f"The S3 location {given['location']} must end in /, for it is a folder.")
    if catalog.table(database, name.name) is not None:
        if tree.args.get("exists"):
            return []
        raise QueryFailed(f"FAILED: Execution Error: AlreadyExistsException: Table {name.name} already exists.")
    if database not in catalog.databases():
        raise QueryFailed(f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}")
    if iceberg:
        from emulator.services.athena.iceberg import definitions as iceberg_tables

        iceberg_tables.create(
            session,
            database,
            name.name.lower(),
            [column_of(each) for each in cast("list[exp.ColumnDef]", schema.expressions)],
            location=given["location"],
            partitions=_transforms(sql),
            properties=given["parameters"],
        )
        return []
    glue(
        "CreateTable",
        DatabaseName=database,
        TableInput={
            "Name": name.name.lower(),
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", **given["parameters"]},
            "PartitionKeys": given["keys"],
            **({"Description": given["comment"]} if given["comment"] else {}),
            "StorageDescriptor": {
                "Columns": [_column(each) for each in cast("list[exp.ColumnDef]", schema.expressions)],
                "Location": given["location"],
                "InputFormat": given["formats"][0],
                "OutputFormat": given["formats"][1],
                "SerdeInfo": {"SerializationLibrary": given["library"], "Parameters": given["settings"]},
            },
        },
    )
    return []


def create_view(session: QuerySession, sql: str) -> Lines:
    """CREATE OR REPLACE VIEW."""
    found = re.fullmatch(
        rf"CREATE\s+(OR\s+REPLACE\s+)?VIEW\s+{catalog.TABLE_NAME}\s*(?:\(([^)]*)\))?\s+AS\s+(.*)", sql, re.I | re.S
    )
    if not found:
        raise not_understood(sql)
    replace, database, name, listed, query = found.groups()
    schema = (database or session.database).lower()
    text = query.strip()
    if listed:
        names = ", ".join(part.strip() for part in listed.split(","))
        text = f"SELECT * FROM ({text}) AS given_ ({names})"
    _, names, kinds = session.prepared(parse_query(text))
    for place, each in enumerate(names):
        if re.fullmatch(r"_col\d+", each):
            raise QueryFailed(f"MISSING_COLUMN_NAME: line 1:1: Column name not specified at position {place + 1}")
    columns = [
        (each.lower(), column_types.of_result(kind) if kind != "VARCHAR" else "varchar")
        for each, kind in zip(names, kinds, strict=True)
    ]
    known = catalog.table(schema, name)
    if known is not None and (not known.view or not replace):
        what = "View" if known.view else "Table"
        raise QueryFailed(f"TABLE_ALREADY_EXISTS: {what} already exists: 'awsdatacatalog.{schema}.{name}'")
    glue(
        "UpdateTable" if known else "CreateTable",
        DatabaseName=schema,
        TableInput={
            "Name": name.lower(),
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            "ViewOriginalText": catalog.view_text(text, session.database, columns),
            "ViewExpandedText": "/* Presto View */",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": each.lower(), "Type": _view_type(kind)} for each, kind in zip(names, kinds, strict=True)
                ],
                "Location": "",
                "SerdeInfo": {},
            },
        },
    )
    return []


def alter_table(session: QuerySession, sql: str) -> Lines:
    """ALTER TABLE: partitions added and dropped, columns added, properties set."""
    found = re.fullmatch(rf"ALTER\s+TABLE\s+{catalog.TABLE_NAME}\s+(.*)", sql, re.I | re.S)
    if not found:
        raise not_understood(sql)
    table = catalog.required_table((found[1] or session.database).lower(), found[2])
    words = found[3].strip()
    if table.iceberg:
        from emulator.services.athena.iceberg import definitions as iceberg_tables

        iceberg_tables.alter(session, table, words)
        return []
    if re.match(r"ADD\s+(IF\s+NOT\s+EXISTS\s+)?PARTITION", words, re.I):
        return add_partitions(table, words)
    if re.match(r"DROP\s+(IF\s+EXISTS\s+)?PARTITION", words, re.I):
        return drop_partitions(table, words)
    if more := re.fullmatch(r"ADD\s+COLUMNS\s*\((.*)\)", words, re.I | re.S):
        added = [{"Name": each.name, "Type": each.kind} for each in columns_of(more[1])]
        return _changed(table, lambda given: _storage(given)["Columns"].extend(added))
    if more := re.fullmatch(r"SET\s+TBLPROPERTIES\s*\((.*)\)", words, re.I | re.S):
        pairs = dict(re.findall(r"['\"]([^'\"]*)['\"]\s*=\s*['\"]([^'\"]*)['\"]", more[1]))
        return _changed(table, lambda given: given.update(Parameters={**given.get("Parameters", {}), **pairs}))
    if location := re.fullmatch(r"SET\s+LOCATION\s+'([^']+)'", words, re.I):
        return _changed(table, lambda given: _storage(given).update(Location=location[1]))
    raise not_understood(sql)


def _table_properties(tree: exp.Create) -> dict[str, Any]:
    found: dict[str, Any] = {
        "location": "",
        "comment": "",
        "keys": [],
        "transformed": False,
        "parameters": {},
        "settings": {"serialization.format": "1"},
        "library": text_formats.LAZY,
        "formats": TEXT_FORMATS,
    }
    properties = cast("exp.Properties | None", tree.args.get("properties"))
    for each in properties.expressions if properties else ():
        match each:
            case exp.ExternalProperty():
                continue
            case exp.LocationProperty():
                found["location"] = each.this.name
            case exp.SchemaCommentProperty():
                found["comment"] = each.this.name
            case exp.PartitionedByProperty():
                keys = [part for part in each.this.expressions if isinstance(part, exp.ColumnDef)]
                found["keys"] = [_column(part) for part in keys]
                found["transformed"] = len(keys) < len(each.this.expressions)
            case exp.RowFormatSerdeProperty():
                found["library"] = each.this.name
                serde = cast("exp.Expr | None", each.args.get("serde_properties"))
                found["settings"] |= {p.this.name: p.args["value"].name for p in (serde.expressions if serde else ())}
            case exp.RowFormatDelimitedProperty():
                given = {name: each.args[key].name for key, name in _DELIMITERS.items() if each.args.get(key)}
                found["settings"] |= given
                found["settings"].setdefault("serialization.format", found["settings"].get("field.delim", "1"))
            case exp.FileFormatProperty():
                found.update(_file_format(each, found))
            case exp.Property():
                found["parameters"][each.this.name] = each.args["value"].name
            case _:
                raise QueryFailed(f"The emulator does not know {each.sql('hive')} in a table's definition.")
    return found


def _transforms(sql: str) -> list[str]:
    """What stands between the parentheses of PARTITIONED BY, part by part."""
    found = re.search(r"PARTITIONED\s+BY\s*\(", sql, re.I)
    if not found:
        return []
    parts, depth = [""], 0
    for letter in sql[found.end() :]:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [each.strip() for each in parts]


def _file_format(given: exp.Expr, found: Mapping[str, Any]) -> dict[str, Any]:
    form = given.this
    if isinstance(form, exp.InputOutputFormat):
        formats = (form.args["input_format"].name, form.args["output_format"].name)
        parquet = "parquet" in formats[0].lower() and found["library"] == text_formats.LAZY
        return {"formats": formats, **({"library": PARQUET_LIBRARY} if parquet else {})}
    name = str(form.name).upper()
    if name not in _LIBRARIES:
        raise QueryFailed(f"The emulator reads Parquet, text and JSON, and no {name}.")
    library, *formats = _LIBRARIES[name]
    return {"formats": formats, **({} if name == "TEXTFILE" else {"library": library})}


def _column(given: exp.ColumnDef) -> dict[str, str]:
    column = column_of(given)
    return {"Name": column.name, "Type": column.kind, **({"Comment": column.comment} if column.comment else {})}


def _view_type(kind: str) -> str:
    try:
        return column_types.to_glue(kind)
    except QueryFailed:
        return column_types.of_result(kind)


def _storage(given: Mapping[str, Any]) -> dict[str, Any]:
    return given["StorageDescriptor"]


def _changed(table: CatalogTable, change: Callable[[dict[str, Any]], None]) -> Lines:
    described: dict[str, Any] = glue("GetTable", DatabaseName=table.database, Name=table.name)["Table"]
    members = (
        "Name",
        "Description",
        "Owner",
        "Retention",
        "StorageDescriptor",
        "PartitionKeys",
        "Parameters",
        "TableType",
    )
    given = {name: described[name] for name in members if name in described}
    change(given)
    glue("UpdateTable", DatabaseName=table.database, TableInput=given)
    return []
