"""The table of an offline store in Glue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.ministack import hooks
from emulator.sagemaker.features.groups import Feature, Group

DATABASE = "sagemaker_featurestore"
ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
"""Columns that Feature Store adds, with their types in Glue."""
_TYPES = {"String": "string", "Integral": "bigint", "Fractional": "double"}
_HIVE = "org.apache.hadoop.hive.ql.io.parquet"


def table_name(name: str, created: float) -> str:
    """Name of the table of a group that was created then."""
    return f"{name.replace('-', '_')}_{int(created)}".lower()


def create_database() -> None:
    """Create the database of all offline stores of an account and region; it answers in words when it is there."""
    given = {"Name": DATABASE, "Description": "The offline stores of feature groups."}
    hooks.module("ministack.services.glue")._create_database({"DatabaseInput": given})


def create_table(group: Group) -> None:
    """Create the table of a group, and the database with the first."""
    with hooks.in_scope(group.record.account, group.record.region):
        create_database()
        table = {"DatabaseName": DATABASE, "TableInput": _table(group)}
        hooks.module("ministack.services.glue")._create_table(table)


def update_table(group: Group) -> None:
    """Give the table the columns that the group has by now."""
    with hooks.in_scope(group.record.account, group.record.region):
        table = {"DatabaseName": DATABASE, "TableInput": _table(group)}
        hooks.module("ministack.services.glue")._update_table(table)


def _table(group: Group) -> Mapping[str, Any]:
    columns = {name: _type(each) for name, each in group.features.items()} | ADDED
    return {
        "Name": group.offline["DataCatalogConfig"]["TableName"],
        "Description": f"The offline store of the feature group {group.name}.",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "StorageDescriptor": {
            # Athena reads the folders of years, months, days and hours under it too.
            "Location": group.folder,
            "Columns": [{"Name": name.lower(), "Type": kind} for name, kind in columns.items()],
            "InputFormat": f"{_HIVE}.MapredParquetInputFormat",
            "OutputFormat": f"{_HIVE}.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": f"{_HIVE}.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }


def _type(feature: Feature) -> str:
    kind = _TYPES[feature.kind]
    return f"array<{kind}>" if feature.collection else kind
