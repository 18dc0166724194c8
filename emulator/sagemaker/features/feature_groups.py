"""What feature groups do beyond being recorded: their offline store gets a folder and a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.sagemaker.api.records import Record
from emulator.sagemaker.features.catalog import DATABASE, create_table, table_name, update_table
from emulator.sagemaker.features.groups import Group, resolved_folder
from emulator.sagemaker.features.offline_files import columns_of
from emulator.sagemaker.features.record_store import RecordStore, StoreTable


class FeatureGroups:
    """The stores of feature groups.

    Args:
        rows: Their records.
    """

    def __init__(self, rows: RecordStore) -> None:
        self._rows = rows

    def created(self, record: Record) -> None:
        """Say where the offline store is, and make its table."""
        self._rows.remove(record.arn)
        offline: dict[str, Any] | None = record.request.get("OfflineStoreConfig")
        if not offline:
            return
        offline["S3StorageConfig"] = {**offline["S3StorageConfig"], "ResolvedOutputS3Uri": resolved_folder(record)}
        record.outcome["OfflineStoreStatus"] = {"Status": "Active"}
        if not offline.get("DisableGlueTableCreation"):
            name = table_name(record.request["FeatureGroupName"], record.created)
            given = {"Catalog": "AwsDataCatalog", "Database": DATABASE, "TableName": name}
            offline["DataCatalogConfig"] = {**given, **(offline.get("DataCatalogConfig") or {})}
            if Group(record).iceberg:
                self._keep(Group(record))
            else:
                create_table(Group(record))

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Give the table the columns that are added."""
        added: list[Any] = request.get("FeatureAdditions") or []
        grown = {**record.request, "FeatureDefinitions": [*record.request["FeatureDefinitions"], *added]}
        group = Group(replace(record, request=grown))
        if added and group.iceberg:
            self._keep(group)
        elif added and "DataCatalogConfig" in group.offline:
            update_table(group)

    def stopped(self, record: Record) -> None:
        """Feature groups are never stopped."""

    def deleted(self, record: Record) -> bool:
        """Delete the online records; files and table of the offline store stay."""
        self._rows.remove(record.arn)
        return True

    def _keep(self, group: Group) -> None:
        """Let the next flush make the table, or give it columns: that takes S3, which may be slow or missing."""
        name = str(group.offline["DataCatalogConfig"]["TableName"])
        given = StoreTable(group.folder, group.record.account, group.record.region, name, group.event_time)
        self._rows.keep_table(given, columns_of(group))
