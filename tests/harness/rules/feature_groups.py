"""Feature groups that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.features.feature_schema import FeatureSchema, FeatureType
from sagemaker_constructs.features.offline_store import OfflineStore
from sagemaker_constructs.features.online_store import OnlineStore
from sagemaker_constructs.features.provisioned_throughput import ProvisionedThroughput

ONLINE = {"EnableOnlineStore": True}
S3 = {"S3StorageConfig": {"S3Uri": "s3://features/all"}}
PROVISIONED = {"ThroughputMode": "Provisioned", "ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 1}


def _group(at: FeatureType = "String", *, online: Any = ONLINE, **members: Any) -> Request:
    features = {"customer": "String", "at": at}
    return {
        "FeatureGroupName": "customers",
        "RecordIdentifierFeatureName": "customer",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [{"FeatureName": name, "FeatureType": kind} for name, kind in features.items()],
        "RoleArn": ROLE,
        **({"OnlineStoreConfig": online} if online else {}),
        **members,
    }


def _with(feature: dict[str, Any], online: Any = ONLINE) -> Request:
    group = _group(online=online)
    return {**group, "FeatureDefinitions": [*group["FeatureDefinitions"], feature]}


def _made(
    stack: Stack, identifier: str = "customer", at: FeatureType = "String", more: str = "calls", **given: Any
) -> None:
    features: dict[str, FeatureType] = {"customer": "String", "at": at, more: "Integral"}
    FeatureGroup(stack, "Group", schema=FeatureSchema(identifier, "at", features), **given)


VECTOR = {
    "FeatureName": "face",
    "FeatureType": "Fractional",
    "CollectionType": "Vector",
    "CollectionConfig": {"VectorConfig": {"Dimension": 8}},
}
CASES = {
    "features-have-no-reserved-names": RuleCase(
        refused=_with({"FeatureName": "write_time", "FeatureType": "String"}),
        taken=_with({"FeatureName": "written", "FeatureType": "String"}),
        synth=lambda stack: _made(stack, more="write_time"),
    ),
    "record-identifiers-are-features": RuleCase(
        refused=_group(RecordIdentifierFeatureName="costumer"),
        taken=_group(),
        synth=lambda stack: _made(stack, "costumer"),
    ),
    "event-times-are-features": RuleCase(
        refused=_group("Integral"),
        taken=_group("Fractional"),
        synth=lambda stack: _made(stack, at="Integral"),
    ),
    "groups-have-a-store": RuleCase(
        refused=_group(online=None),
        taken=_group(online=None, OfflineStoreConfig=S3),
        synth=lambda stack: _made(stack, offline=None),
    ),
    "iceberg-tables-take-event-times-as-text": RuleCase(
        refused=_group("Fractional", OfflineStoreConfig={**S3, "TableFormat": "Iceberg"}),
        taken=_group(OfflineStoreConfig={**S3, "TableFormat": "Iceberg"}),
        synth=lambda stack: _made(stack, at="Fractional", offline=OfflineStore(table_format="Iceberg")),
    ),
    "iceberg-tables-are-tables-of-glue": RuleCase(
        refused=_group(OfflineStoreConfig={**S3, "TableFormat": "Iceberg", "DisableGlueTableCreation": True}),
        taken=_group(OfflineStoreConfig={**S3, "TableFormat": "Glue", "DisableGlueTableCreation": True}),
    ),
    "provisioned-throughput-is-of-standard-stores": RuleCase(
        refused=_group(online={**ONLINE, "StorageType": "InMemory"}, ThroughputConfig=PROVISIONED),
        taken=_group(online={**ONLINE, "StorageType": "Standard"}, ThroughputConfig=PROVISIONED),
        synth=lambda stack: _made(
            stack, online=OnlineStore(storage="InMemory"), throughput=ProvisionedThroughput(reads=1, writes=1)
        ),
    ),
    "collections-are-kept-in-memory": RuleCase(
        refused=_with(VECTOR),
        taken=_with(VECTOR, {**ONLINE, "StorageType": "InMemory"}),
    ),
}
