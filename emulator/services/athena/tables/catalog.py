"""Tables of the Glue Data Catalog, as queries see them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.ministack import in_process
from emulator.services.athena.errors import QueryFailed
from emulator.shapes.errors import ServiceError

_VIEW = "/* Presto View: "
VIEW_END = " */"
TABLE_NAME = r"(?:[`\"]?(\w+)[`\"]?\.)?[`\"]?([\w$-]+)[`\"]?"
"""The pattern of a table's name in a statement: the database's, if it is there, and its own."""


@dataclass(frozen=True)
class TableColumn:
    """A column, or a key of partitions, with Glue's type."""

    name: str
    kind: str
    comment: str = ""


@dataclass(frozen=True)
class TableStorage:
    """Where rows are, and how they are written."""

    location: str
    library: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    input_format: str = ""


@dataclass(frozen=True)
class TablePartition:
    """One partition of a table: its values, in the order of the keys, and its storage."""

    values: Sequence[str | None]
    storage: TableStorage


@dataclass(frozen=True)
class CatalogTable:
    """A table or a view."""

    database: str
    name: str
    columns: Sequence[TableColumn]
    keys: Sequence[TableColumn]
    storage: TableStorage
    parameters: Mapping[str, str]
    kind: str
    view: str = ""
    description: str = ""

    @property
    def iceberg(self) -> bool:
        """Whether it is an Iceberg table."""
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def projected(self) -> bool:
        """Whether partitions are projected and not looked up."""
        return self.parameters.get("projection.enabled", "").lower() == "true" and bool(self.keys)


def glue(operation: str, **request: Any) -> dict[str, Any]:
    """Call Glue; raises ServiceError."""
    return in_process.call("glue", operation, request)


def table(database: str, name: str) -> CatalogTable | None:
    """A table by name; None when there is none."""
    try:
        return _table(glue("GetTable", DatabaseName=database.lower(), Name=name.lower())["Table"])
    except ServiceError as error:
        if error.code == "EntityNotFoundException":
            return None
        raise


def required_table(database: str, name: str) -> CatalogTable:
    """A table by name; raises QueryFailed when there is none."""
    found = table(database, name)
    if found is None:
        raise QueryFailed(f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
    return found


def tables(database: str) -> Iterator[CatalogTable]:
    """Every table of a database."""
    request: dict[str, Any] = {"DatabaseName": database.lower()}
    while True:
        page = glue("GetTables", **request)
        yield from (_table(each) for each in page.get("TableList", ()))
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]


def databases() -> list[str]:
    """The names of all databases."""
    return sorted(str(each["Name"]) for each in glue("GetDatabases").get("DatabaseList", ()))


def partitions(of: CatalogTable) -> list[TablePartition]:
    """The partitions that the catalog has of a table."""
    found: list[TablePartition] = []
    request: dict[str, Any] = {"DatabaseName": of.database, "TableName": of.name}
    while True:
        page = glue("GetPartitions", **request)
        for each in page.get("Partitions", ()):
            values = [None if value == "__HIVE_DEFAULT_PARTITION__" else value for value in each["Values"]]
            found.append(TablePartition(values, _storage(each.get("StorageDescriptor", {}), of.storage)))
        if not page.get("NextToken"):
            return found
        request["NextToken"] = page["NextToken"]


def storage_request(of: CatalogTable, location: str) -> dict[str, Any]:
    """A storage descriptor for a partition of a table."""
    described = glue("GetTable", DatabaseName=of.database, Name=of.name)["Table"]["StorageDescriptor"]
    return {**described, "Location": location}


def view_text(sql: str, database: str, columns: Sequence[tuple[str, str]]) -> str:
    """A view as Athena keeps it in Glue."""
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": kind} for name, kind in columns],
    }
    return f"{_VIEW}{base64.b64encode(json.dumps(document).encode()).decode()}{VIEW_END}"


def _table(given: Mapping[str, Any]) -> CatalogTable:
    described: Mapping[str, Any] = given.get("StorageDescriptor") or {}
    view, schema = "", str(given["DatabaseName"])
    text = str(given.get("ViewOriginalText") or "")
    if text.startswith(_VIEW):
        document: Mapping[str, Any] = json.loads(base64.b64decode(text.removeprefix(_VIEW).removesuffix(VIEW_END)))
        view, schema = str(document["originalSql"]), str(document.get("schema") or schema)
    return CatalogTable(
        database=schema,
        name=str(given["Name"]),
        columns=[_column(each) for each in described.get("Columns") or () if _current(each)],
        keys=[_column(each) for each in given.get("PartitionKeys") or ()],
        storage=_storage(described, TableStorage("")),
        parameters=_texts(given.get("Parameters")),
        kind=str(given.get("TableType") or "EXTERNAL_TABLE"),
        view=view,
        description=str(given.get("Description") or ""),
    )


def _texts(given: Mapping[str, Any] | None) -> dict[str, str]:
    return {key: str(value) for key, value in (given or {}).items()}


def _current(given: Mapping[str, Any]) -> bool:
    """Whether a column still is one: Iceberg keeps in Glue those that it had."""
    return _texts(given.get("Parameters")).get("iceberg.field.current", "true") == "true"


def _column(given: Mapping[str, Any]) -> TableColumn:
    return TableColumn(
        str(given["Name"]).lower(), str(given.get("Type") or "string"), str(given.get("Comment") or "")
    )


def _storage(described: Mapping[str, Any], default: TableStorage) -> TableStorage:
    serde: Mapping[str, Any] = described.get("SerdeInfo") or {}
    settings = _texts(serde.get("Parameters"))
    return TableStorage(
        location=str(described.get("Location") or default.location),
        library=str(serde.get("SerializationLibrary") or default.library),
        settings=settings or default.settings,
        input_format=str(described.get("InputFormat") or default.input_format),
    )
