"""A feature group as its records see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records

ONLINE, OFFLINE = "OnlineStore", "OfflineStore"
_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3_600, "Days": 86_400, "Weeks": 604_800}


@dataclass(frozen=True)
class Feature:
    """One feature.

    Args:
        name: Its name.
        kind: `String`, `Integral` or `Fractional`.
        collection: `List`, `Set`, `Vector`, or empty.
        dimension: Length of a vector.
    """

    name: str
    kind: str
    collection: str = ""
    dimension: int = 0


@dataclass(frozen=True)
class Group:
    """What a feature group was made of.

    Args:
        record: The group on file.
    """

    record: Record

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.record.request["FeatureGroupName"])

    @property
    def identifier(self) -> str:
        """The feature that identifies a record."""
        return str(self.record.request["RecordIdentifierFeatureName"])

    @property
    def event_time(self) -> str:
        """The feature with the time of the event."""
        return str(self.record.request["EventTimeFeatureName"])

    @cached_property
    def features(self) -> Mapping[str, Feature]:
        """Its features by name, in their order."""
        given: Sequence[Mapping[str, Any]] = self.record.request["FeatureDefinitions"]
        return {each["FeatureName"]: _feature(each) for each in given}

    @property
    def stores(self) -> tuple[str, ...]:
        """The stores that it has."""
        online = ONLINE if self.online.get("EnableOnlineStore") else ""
        return tuple(each for each in (online, OFFLINE if self.offline else "") if each)

    @property
    def online(self) -> Mapping[str, Any]:
        """Settings of the online store."""
        return self.record.request.get("OnlineStoreConfig") or {}

    @property
    def offline(self) -> Mapping[str, Any]:
        """Settings of the offline store."""
        return self.record.request.get("OfflineStoreConfig") or {}

    @property
    def storage(self) -> str:
        """Storage type of the online store."""
        return str(self.online.get("StorageType", "Standard"))

    @property
    def iceberg(self) -> bool:
        """Whether the offline store is an Iceberg table."""
        return self.offline.get("TableFormat") == "Iceberg"

    @property
    def writes_a_second(self) -> int:
        """Provisioned write units; 0 for a group that is billed by the request."""
        throughput: Mapping[str, Any] = self.record.request.get("ThroughputConfig") or {}
        provisioned = throughput.get("ThroughputMode") == "Provisioned"
        return int(throughput.get("ProvisionedWriteCapacityUnits") or 0) if provisioned else 0

    def lives(self, own: Mapping[str, Any] | None) -> int | None:
        """For how many seconds after its event a record lives; None for ever. `own` is the record's duration."""
        given: Mapping[str, Any] | None = own or self.online.get("TtlDuration")
        return int(given["Value"]) * _SECONDS[given["Unit"]] if given else None

    @property
    def folder(self) -> str:
        """Address in S3 under which the files of the offline store lie."""
        return str(self.offline["S3StorageConfig"]["ResolvedOutputS3Uri"])


def _feature(given: Mapping[str, Any]) -> Feature:
    configured: Mapping[str, Any] = given.get("CollectionConfig") or {}
    vector: Mapping[str, Any] = configured.get("VectorConfig") or {}
    return Feature(
        given["FeatureName"], given["FeatureType"], given.get("CollectionType") or "", int(vector.get("Dimension", 0))
    )


def group_of(records: Records, name: str) -> Group | None:
    """The group of a name or an ARN."""
    if name.startswith("arn:"):
        record = records.by_arn(name)
        return Group(record) if record and record.kind == "FeatureGroup" else None
    record = records.find("FeatureGroup", kinds()["FeatureGroup"].key({"FeatureGroupName": name}))
    return Group(record) if record else None


def resolved_folder(record: Record) -> str:
    """Where Feature Store makes the folder of a new group: prefix, account, region, name and time of creation."""
    base = str(record.request["OfflineStoreConfig"]["S3StorageConfig"]["S3Uri"]).rstrip("/")
    name, made = record.request["FeatureGroupName"], int(record.created)
    return f"{base}/{record.account}/sagemaker/{record.region}/offline-store/{name}-{made}/data"


def utc(moment: float) -> datetime:
    """A moment as a time in UTC."""
    return datetime.fromtimestamp(moment, UTC)
