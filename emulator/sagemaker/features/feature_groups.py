"""What feature groups do beyond being recorded: their offline store gets a folder and a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.features.catalog import DATABASE, create_table, table_name, update_table
from emulator.sagemaker.features.groups import Group, resolved_folder
from emulator.sagemaker.features.offline_files import columns_of
from emulator.sagemaker.features.record_store import RecordStore, StoreTable
from emulator.shapes.errors import ServiceError

_METADATA = "feature-metadata"
"""What is said of features, in the group's record: no member of Describe has this name."""
_MOST_PARAMETERS = 25


class FeatureGroups:
    """The stores of feature groups.

    Args:
        rows: Their records.
        records: Where the groups are kept.
    """

    def __init__(self, rows: RecordStore, records: Records) -> None:
        self._rows = rows
        self._records = records

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

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Operations of the API that are more than a verb."""
        return {"DescribeFeatureMetadata": self._describe_feature, "UpdateFeatureMetadata": self._change_feature}

    def _describe_feature(self, request: Mapping[str, Any]) -> dict[str, Any]:
        record, definition = self._feature(request)
        told: Mapping[str, Any] = record.outcome.get(_METADATA, {}).get(definition["FeatureName"], {})
        described = {"Description": told["Description"]} if told.get("Description") else {}
        parameters: Mapping[str, str] = told.get("Parameters", {})
        return {
            "FeatureGroupArn": record.arn,
            "FeatureGroupName": record.request["FeatureGroupName"],
            "FeatureName": definition["FeatureName"],
            "FeatureType": definition["FeatureType"],
            "CreationTime": record.created,
            "LastModifiedTime": told.get("LastModifiedTime", record.created),
            **described,
            "Parameters": [{"Key": key, "Value": value} for key, value in parameters.items()],
        }

    def _change_feature(self, request: Mapping[str, Any]) -> dict[str, Any]:
        record, definition = self._feature(request)
        name = definition["FeatureName"]
        held: dict[str, Any] = dict(record.outcome.get(_METADATA, {}))
        told: dict[str, Any] = {**held.get(name, {}), "LastModifiedTime": time.time()}
        if "Description" in request:
            told["Description"] = request["Description"]
        removed: list[str] = request.get("ParameterRemovals") or []
        additions: list[dict[str, str]] = request.get("ParameterAdditions") or []
        added = {each["Key"]: each["Value"] for each in additions}
        kept = {key: value for key, value in told.get("Parameters", {}).items() if key not in removed}
        told["Parameters"] = {**kept, **added}
        if len(told["Parameters"]) > _MOST_PARAMETERS:
            raise ServiceError(
                "ValidationException", f"The feature {name} would have more than {_MOST_PARAMETERS} parameters."
            )
        self._records.change(record, **{_METADATA: {**held, name: told}})
        return {}

    def _feature(self, request: Mapping[str, Any]) -> tuple[Record, Mapping[str, Any]]:
        """A group and the definition of one of its features; raises ServiceError where there is none."""
        group, name = str(request["FeatureGroupName"]), str(request["FeatureName"])
        kind = kinds()["FeatureGroup"]
        record = self._records.find("FeatureGroup", kind.key({"FeatureGroupName": group}))
        if record is None:
            raise ServiceError("ResourceNotFound", f"Resource Not Found: Amazon SageMaker can't find a {group}.")
        definitions: list[Mapping[str, Any]] = record.request["FeatureDefinitions"]
        found = next((each for each in definitions if each["FeatureName"] == name), None)
        if found is None:
            raise ServiceError("ResourceNotFound", f"The feature group {group} has no feature {name}.")
        return record, found

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
