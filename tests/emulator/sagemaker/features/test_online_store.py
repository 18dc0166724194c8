"""The online store: what is read after records were put, changed and deleted."""

import datetime
from typing import Any

import pytest

from harness.aws_clients import Clients, refused
from harness.features.records import a_group, of, online, record

IN_MEMORY = {"EnableOnlineStore": True, "StorageType": "InMemory"}


@pytest.fixture
def runtime(client: Clients) -> Any:
    """A client of the runtime."""
    return client("sagemaker-featurestore-runtime")


def test_the_greater_event_time_wins_and_overwrites_the_whole_record(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00", calls=1, minutes=0.5))
    for late in ("06:00:00", "05:59:59.999"):
        runtime.put_record(FeatureGroupName=group, Record=of("a", late, calls=2))
        assert online(client, group, "a", FeatureNames=["minutes", "calls"]) == {"minutes": "0.5", "calls": "1"}
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00.001", calls=3))
    assert online(client, group, "a") == {"customer": "a", "at": "2026-11-29T06:00:00.001Z", "calls": "3"}
    assert online(client, group, "b") is None


def test_a_group_answers_to_its_arn_too(client: Clients, runtime: Any) -> None:
    arn = client("sagemaker").describe_feature_group(FeatureGroupName=(group := a_group(client)))["FeatureGroupArn"]
    runtime.put_record(FeatureGroupName=arn, Record=of("a/b c", "06:00:00"))
    assert online(client, arn, "a/b c") == online(client, group, "a/b c") != None  # noqa: E711


def test_a_soft_deletion_counts_from_its_time_on(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00"))
    deletion = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "a"}
    runtime.delete_record(**deletion, EventTime="2026-11-29T06:00:00Z")
    assert online(client, group, "a")
    runtime.delete_record(**deletion, EventTime="2026-11-29T07:00:00Z")
    assert online(client, group, "a") is None
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:30:00"))
    assert online(client, group, "a") is None
    runtime.put_record(FeatureGroupName=group, Record=of("a", "08:00:00"))
    assert online(client, group, "a")


def test_a_hard_deletion_leaves_nothing_and_is_refused_when_it_comes_late(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00"))
    deletion = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "a", "DeletionMode": "HardDelete"}
    code, message = refused(runtime.delete_record, **deletion, EventTime="2026-11-29T06:00:00Z")
    assert (code, "EventTime" in message) == ("ValidationError", True)
    runtime.delete_record(**deletion, EventTime="2026-11-29T07:00:00Z")
    runtime.put_record(FeatureGroupName=group, Record=of("a", "05:00:00"))
    assert online(client, group, "a")


def test_a_record_expires_by_its_own_duration_or_by_that_of_its_group(client: Clients, runtime: Any) -> None:
    hour = {"Unit": "Hours", "Value": 1}
    group = a_group(client, OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": hour})
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    past, fresh = ({"at": f"{now - datetime.timedelta(hours=age):%Y-%m-%dT%H:%M:%SZ}"} for age in (2, 0))
    runtime.put_record(FeatureGroupName=group, Record=record({"customer": "old", **past}))
    week = {"Unit": "Weeks", "Value": 1}
    runtime.put_record(FeatureGroupName=group, Record=record({"customer": "long", **past}), TtlDuration=week)
    runtime.put_record(FeatureGroupName=group, Record=record({"customer": "new", **fresh}))
    assert online(client, group, "old") is None
    assert online(client, group, "long")
    asked = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "new"}
    assert "ExpiresAt" not in runtime.get_record(**asked)
    expires = runtime.get_record(**asked, ExpirationTimeResponse="Enabled")["ExpiresAt"]
    assert datetime.datetime.fromisoformat(expires) == now + datetime.timedelta(hours=1)
    assert runtime.list_records(FeatureGroupName=group)["RecordIdentifiers"] == ["long", "new"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"customer": "a", "at": "2026-11-29T06:00:00Z", "call": 1}, "no features ['call']"),
        ({"customer": "a", "at": "2026-11-29T06:00:00Z", "calls": 1.5}, "[calls] must be Integral, got: [1.5]"),
        ({"customer": "a", "at": "2026-11-29T06:00:00Z", "calls": 2**63}, "[calls] must be Integral"),
        ({"customer": "a", "at": "2026-11-29T06:00:00Z", "minutes": "few"}, "[minutes] must be Fractional"),
        ({"customer": "a", "at": "2026-11-29 06:00"}, "yyyy-MM-dd'T'HH:mm:ssZ"),
        ({"customer": "a", "at": "2026-11-31T06:00:00Z"}, "yyyy-MM-dd'T'HH:mm:ssZ"),
        ({"customer": "a"}, "no value for the feature [at]"),
        ({"at": "2026-11-29T06:00:00Z"}, "no value for the feature [customer]"),
        ({"customer": "a" * 200_000, "at": "2026-11-29T06:00:00Z"}, ""),
        ({"customer": "a" * 358_400, "at": "2026-11-29T06:00:00Z"}, "must have 358400 at most"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    client: Clients, runtime: Any, values: dict[str, object], words: str
) -> None:
    put = {"FeatureGroupName": a_group(client), "Record": record(values)}
    if words:
        code, message = refused(runtime.put_record, **put)
        assert code == "ValidationError"
        assert words in message
    else:
        runtime.put_record(**put)


def test_what_is_not_there_is_refused(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    identified = {"RecordIdentifierValueAsString": "a"}
    missing = {"FeatureGroupName": "nowhere"}
    assert refused(runtime.get_record, **missing, **identified)[0] == "ResourceNotFound"
    code, message = refused(runtime.put_record, **missing, Record=of("a", "06:00:00"))
    assert (code, "can't find a FeatureGroup" in message) == ("ValidationError", True)
    unknown = refused(runtime.get_record, FeatureGroupName=group, **identified, FeatureNames=["age"])
    assert "no features ['age']" in unknown[1]
    offline = {"FeatureGroupName": group, "Record": of("a", "06:00:00"), "TargetStores": ["OfflineStore"]}
    assert "no OfflineStore" in refused(runtime.put_record, **offline)[1]
    without = a_group(client, offline=True, OnlineStoreConfig={"EnableOnlineStore": False})
    assert "no OnlineStore" in refused(runtime.get_record, FeatureGroupName=without, **identified)[1]


def test_a_batch_writes_what_fits_and_names_what_does_not(client: Clients, runtime: Any) -> None:
    group, other = a_group(client), a_group(client)
    entries = [
        {"FeatureGroupName": group, "Record": of("a", "06:00:00", calls=1)},
        {"FeatureGroupName": group, "Record": of("a", "05:00:00", calls=2)},
        {"FeatureGroupName": group, "Record": of("b", "06:00:00", calls="many")},
        {"FeatureGroupName": "nowhere", "Record": of("c", "06:00:00")},
        {"FeatureGroupName": other, "Record": of("d", "06:00:00", calls=4)},
    ]
    answer = runtime.batch_write_record(Entries=entries)
    failed = [(each["Entry"], each["ErrorCode"]) for each in answer["Errors"]]
    assert failed == [(entries[2], "ValidationError"), (entries[3], "ResourceNotFound")]
    assert answer["UnprocessedEntries"] == []
    asked = [
        {"FeatureGroupName": group, "RecordIdentifiersValueAsString": ["a", "b"], "FeatureNames": ["calls"]},
        {"FeatureGroupName": other, "RecordIdentifiersValueAsString": ["d"]},
        {"FeatureGroupName": "nowhere", "RecordIdentifiersValueAsString": ["c"]},
    ]
    read = runtime.batch_get_record(Identifiers=asked)
    found = {each["RecordIdentifierValueAsString"]: each["Record"] for each in read["Records"]}
    assert found == {"a": record({"calls": 1}), "d": entries[4]["Record"]}
    assert [each["ErrorCode"] for each in read["Errors"]] == ["ResourceNotFound"]
    assert refused(runtime.batch_write_record, Entries=entries[:1] * 26)[0] == "ValidationError"


def test_more_writes_than_provisioned_come_back_unprocessed(client: Clients, runtime: Any) -> None:
    units = {"ThroughputMode": "Provisioned", "ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 1}
    group = a_group(client, ThroughputConfig=units)
    entries = [{"FeatureGroupName": group, "Record": of(str(number), "06:00:00")} for number in range(25)]
    left = runtime.batch_write_record(Entries=entries)["UnprocessedEntries"]
    assert 0 < len(left) < 25
    assert entries[0] not in left
    assert all(each in entries for each in left)
    throttled = 0
    for number in range(20):
        try:
            runtime.put_record(FeatureGroupName=group, Record=of(f"more-{number}", "06:00:00"))
        except runtime.exceptions.ClientError as error:
            throttled += error.response["Error"]["Code"] == "ThrottlingException"
    assert throttled


def test_an_update_changes_single_features(client: Clients, runtime: Any) -> None:
    group = a_group(client, OnlineStoreConfig=IN_MEMORY)
    change = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "a"}
    calls = {"Features": record({"calls": 2})}
    assert refused(runtime.update_record, **change, **calls)[0] == "ResourceNotFound"
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00", calls=1, minutes=0.5))
    runtime.update_record(**change, **calls)
    assert online(client, group, "a") == {
        "customer": "a",
        "at": "2026-11-29T06:00:00Z",
        "calls": "2",
        "minutes": "0.5",
    }
    late = record({"at": "2026-11-29T05:00:00Z", "calls": 3})
    assert refused(runtime.update_record, **change, Features=late)[0] == "ConflictException"
    lives = {"Unit": "Days", "Value": 1}
    assert "requires the event time" in refused(runtime.update_record, **change, **calls, TtlDuration=lives)[1]
    standard = refused(runtime.update_record, **{**change, "FeatureGroupName": a_group(client)}, **calls)
    assert "requires the storage type" in standard[1]


def test_a_list_has_pages_and_shows_deletions_when_asked(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    for customer in "abcde":
        runtime.put_record(FeatureGroupName=group, Record=of(customer, "06:00:00"))
    runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="b", EventTime="2026-11-29T07:00:00Z")
    first = runtime.list_records(FeatureGroupName=group, MaxResults=2)
    rest = runtime.list_records(FeatureGroupName=group, MaxResults=2, NextToken=first["NextToken"])
    assert (first["RecordIdentifiers"], rest["RecordIdentifiers"]) == (["a", "c"], ["d", "e"])
    assert "NextToken" not in rest
    everything = runtime.list_records(FeatureGroupName=group, IncludeSoftDeletedRecords=True)
    assert everything["RecordIdentifiers"] == list("abcde")


def test_collections_are_kept_in_memory(client: Clients, runtime: Any) -> None:
    vector = {"CollectionType": "Vector", "CollectionConfig": {"VectorConfig": {"Dimension": 2}}}
    definitions = [
        {"FeatureName": "customer", "FeatureType": "String"},
        {"FeatureName": "at", "FeatureType": "Fractional"},
        {"FeatureName": "face", "FeatureType": "Fractional", **vector},
    ]
    group = a_group(client, OnlineStoreConfig=IN_MEMORY, FeatureDefinitions=definitions)
    identified = record({"customer": "a", "at": 1795947355.25})
    face = {"FeatureName": "face", "ValueAsStringList": ["0.5", "1"]}
    runtime.put_record(FeatureGroupName=group, Record=[*identified, face])
    answer = runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString="a")
    assert answer["Record"] == [*identified, face]
    short = [*identified, {"FeatureName": "face", "ValueAsStringList": ["0.5"]}]
    assert "must have 2 values" in refused(runtime.put_record, FeatureGroupName=group, Record=short)[1]
    text = record({"customer": "a", "at": 1, "face": "0.5"})
    assert "takes ValueAsStringList" in refused(runtime.put_record, FeatureGroupName=group, Record=text)[1]


def test_a_new_group_of_the_same_name_has_no_records(client: Clients, runtime: Any) -> None:
    group = a_group(client)
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00"))
    described = client("sagemaker").describe_feature_group(FeatureGroupName=group)
    client("sagemaker").delete_feature_group(FeatureGroupName=group)
    kept = ("RecordIdentifierFeatureName", "EventTimeFeatureName", "FeatureDefinitions", "OnlineStoreConfig")
    client("sagemaker").create_feature_group(FeatureGroupName=group, **{name: described[name] for name in kept})
    assert online(client, group, "a") is None
