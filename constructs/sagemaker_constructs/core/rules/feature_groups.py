"""Feature groups: their features, their stores and their throughput."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, indexed, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateFeatureGroup"
_PAGE = f"{API}/API_CreateFeatureGroup.html"
_RESERVED = ("is_deleted", "write_time", "api_invocation_time")


def _types(call: Call) -> Mapping[str, str]:
    return {each.get("FeatureName", ""): each.get("FeatureType", "") for each in _definitions(call)}


def _known(*values: str) -> bool:
    return not any(is_token(each) for each in values)


def _definitions(call: Call) -> list[Mapping[str, Any]]:
    return list(call.request.get("FeatureDefinitions") or ())


@rule(_CREATE, _PAGE, read="2026-11-29")
def features_have_no_reserved_names(call: Call) -> Iterator[Broken]:
    """A feature must not be named is_deleted, write_time or api_invocation_time, which Feature Store adds itself."""
    for path, each in indexed("FeatureDefinitions", _definitions(call)):
        if each.get("FeatureName") in _RESERVED:
            yield f"{path}.FeatureName", each["FeatureName"]


@rule(_CREATE, _PAGE, read="2026-11-29")
def record_identifiers_are_features(call: Call) -> Iterator[Broken]:
    """RecordIdentifierFeatureName must be the name of one of the FeatureDefinitions."""
    name = call.request.get("RecordIdentifierFeatureName")
    if name and _known(name, *_types(call)) and name not in _types(call):
        yield "RecordIdentifierFeatureName", name


@rule(_CREATE, _PAGE, read="2026-11-29")
def event_times_are_features(call: Call) -> Iterator[Broken]:
    """EventTimeFeatureName must be the name of one of the FeatureDefinitions, of type String or Fractional."""
    name = call.request.get("EventTimeFeatureName")
    kind = _types(call).get(name or "", "")
    if name and _known(name, kind, *_types(call)) and kind not in ("String", "Fractional"):
        yield "EventTimeFeatureName", f"{name} of type {kind}" if kind else name


@rule(_CREATE, _PAGE, read="2026-11-29")
def groups_have_a_store(call: Call) -> Iterator[Broken]:
    """A feature group must have an online store, an offline store or both."""
    online: Mapping[str, Any] = call.request.get("OnlineStoreConfig") or {}
    if not online.get("EnableOnlineStore") and not call.request.get("OfflineStoreConfig"):
        yield "OnlineStoreConfig", "none"


@rule(_CREATE, f"{API}/API_OfflineStoreConfig.html", read="2026-11-29", confidence="reported")
def iceberg_tables_take_event_times_as_text(call: Call) -> Iterator[Broken]:
    """An offline store with the table format Iceberg requires an event time of type String."""
    offline: Mapping[str, Any] = call.request.get("OfflineStoreConfig") or {}
    kind = _types(call).get(call.request.get("EventTimeFeatureName") or "")
    if offline.get("TableFormat") == "Iceberg" and kind == "Fractional":
        yield "OfflineStoreConfig.TableFormat", f"Iceberg with {call.request['EventTimeFeatureName']} as Fractional"


@rule(_CREATE, f"{API}/API_OfflineStoreConfig.html", read="2026-11-29", enforced=("emulator",))
def iceberg_tables_are_tables_of_glue(call: Call) -> Iterator[Broken]:
    """An offline store with the table format Iceberg requires DisableGlueTableCreation to be false."""
    offline: Mapping[str, Any] = call.request.get("OfflineStoreConfig") or {}
    if offline.get("TableFormat") == "Iceberg" and offline.get("DisableGlueTableCreation"):
        yield "OfflineStoreConfig.DisableGlueTableCreation", True


@rule(_CREATE, f"{GUIDE}/feature-store-throughput-mode.html", read="2026-11-29")
def provisioned_throughput_is_of_standard_stores(call: Call) -> Iterator[Broken]:
    """Provisioned throughput is available for groups without an online store and for the storage type Standard."""
    throughput: Mapping[str, Any] = call.request.get("ThroughputConfig") or {}
    online: Mapping[str, Any] = call.request.get("OnlineStoreConfig") or {}
    storage = online.get("StorageType", "Standard")
    if throughput.get("ThroughputMode") == "Provisioned" and storage != "Standard" and _known(storage):
        yield "ThroughputConfig.ThroughputMode", f"Provisioned with {storage}"


@rule(_CREATE, f"{API}/API_FeatureDefinition.html", read="2026-11-29", enforced=("emulator",))
def collections_are_kept_in_memory(call: Call) -> Iterator[Broken]:
    """A feature with a CollectionType requires an online store of the storage type InMemory."""
    online: Mapping[str, Any] = call.request.get("OnlineStoreConfig") or {}
    for path, each in indexed("FeatureDefinitions", _definitions(call)):
        storage = online.get("StorageType", "Standard")
        if each.get("CollectionType") and _known(storage, each["CollectionType"]) and storage != "InMemory":
            yield f"{path}.CollectionType", each["CollectionType"]
