"""The offline store: files, their rows, and the table of Glue."""

import re
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import start
from harness.aws_clients import Clients, clients_of, kill, refused, wait_for
from harness.data.athena import Ask
from harness.features.records import a_group, of, offline, offline_files, online

ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}


def _table(client: Clients, group: str) -> Any:
    described = client("sagemaker").describe_feature_group(FeatureGroupName=group)
    catalog = described["OfflineStoreConfig"]["DataCatalogConfig"]
    return client("glue").get_table(DatabaseName=catalog["Database"], Name=catalog["TableName"])["Table"]


def test_every_put_and_deletion_is_a_row_in_the_hour_of_its_event(client: Clients) -> None:
    group, runtime = a_group(client, offline=True), client("sagemaker-featurestore-runtime")
    records = [of("a", "06:00:00", calls=1), of("a", "06:59:59.999", calls=2, minutes=0.5), of("a", "05:00:00")]
    entries = [{"FeatureGroupName": group, "Record": each} for each in records]
    runtime.batch_write_record(Entries=[*entries, entries[0]])
    runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime="2026-11-29T06:30:00Z")
    rows = wait_for(lambda: offline(client, group), lambda found: len(found) == 5)
    told = [(row["at"][11:], row["calls"], row["minutes"], row["is_deleted"]) for row in rows]
    assert sorted(told, key=str) == [
        ("05:00:00Z", None, None, False),
        ("06:00:00Z", 1, None, False),
        ("06:00:00Z", 1, None, False),
        ("06:30:00Z", None, None, True),
        ("06:59:59.999Z", 2, 0.5, False),
    ]
    assert all(row["api_invocation_time"] <= row["write_time"] for row in rows)
    for key, held in offline_files(client, group).items():
        folder, hour, latest = re.fullmatch(
            rf"(all/123456789012/sagemaker/us-east-1/offline-store/{group}-\d+/data)"
            r"/year=2026/month=11/day=29/hour=(\d\d)/(20261129T\d{6}Z)_[0-9A-Za-z]{16}\.parquet",
            key,
        ).groups()  # pyright: ignore[reportOptionalMemberAccess]
        assert _table(client, group)["StorageDescriptor"]["Location"] == f"s3://{group}/{folder}"
        assert {row["at"][11:13] for row in held} == {hour}
        assert max(re.sub(r"[-:]|\.\d+", "", row["at"]) for row in held) == latest
        assert len({row["write_time"] for row in held}) == 1


def test_the_table_has_the_columns_of_the_group_and_grows_with_it(client: Clients) -> None:
    group = a_group(client, offline=True)

    def columns() -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in _table(client, group)["StorageDescriptor"]["Columns"]}

    first = {"customer": "string", "at": "string", "calls": "bigint", "minutes": "double"}
    assert columns() == {**first, **ADDED}
    serde = _table(client, group)["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert serde == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    added = [{"FeatureName": "Age", "FeatureType": "Integral"}]
    client("sagemaker").update_feature_group(FeatureGroupName=group, FeatureAdditions=added)
    assert columns() == {**first, "age": "bigint", **ADDED}
    runtime = client("sagemaker-featurestore-runtime")
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00", Age=40))
    [row] = wait_for(lambda: offline(client, group), bool)
    assert row["Age"] == 40


def test_a_group_can_do_without_a_table_and_a_record_without_a_store(client: Clients) -> None:
    group, runtime = a_group(client, offline=True), client("sagemaker-featurestore-runtime")
    runtime.put_record(FeatureGroupName=group, Record=of("a", "06:00:00"), TargetStores=["OnlineStore"])
    runtime.put_record(FeatureGroupName=group, Record=of("b", "06:00:00"), TargetStores=["OfflineStore"])
    [row] = wait_for(lambda: offline(client, group), bool)
    assert row["customer"] == "b"
    assert online(client, group, "b") is None
    assert online(client, group, "a")
    storage = {"S3StorageConfig": {"S3Uri": f"s3://{group}"}, "DisableGlueTableCreation": True}
    other = a_group(client, OfflineStoreConfig=storage)
    described = client("sagemaker").describe_feature_group(FeatureGroupName=other)
    assert "DataCatalogConfig" not in described["OfflineStoreConfig"]


def test_what_cannot_be_written_is_refused(client: Clients) -> None:
    storage = {"S3StorageConfig": {"S3Uri": "s3://no-such-bucket-of-features"}}
    put = client("sagemaker-featurestore-runtime").put_record
    missing = a_group(client, OfflineStoreConfig=storage)
    iceberg = a_group(client, OfflineStoreConfig={**storage, "TableFormat": "Iceberg"})
    record = of("a", "06:00:00")
    for group in (missing, iceberg):
        assert "cannot be reached" in refused(put, FeatureGroupName=group, Record=record)[1]
        assert online(client, group, "a") is None
    put(FeatureGroupName=iceberg, Record=record, TargetStores=["OnlineStore"])


def test_an_iceberg_store_is_a_table_of_days_that_grows_with_its_group(client: Clients, ask: Ask) -> None:
    group, runtime = a_group(client, offline=True, table_format="Iceberg"), client("sagemaker-featurestore-runtime")
    catalog = client("sagemaker").describe_feature_group(FeatureGroupName=group)["OfflineStoreConfig"]
    name, database = catalog["DataCatalogConfig"]["TableName"], catalog["DataCatalogConfig"]["Database"]

    def rows(sql: str) -> Any:
        return ask(sql.format(name), database).rows

    # Empty, but there, a moment after the group.
    wait_for(lambda: rows("SELECT count(*) FROM {}"), lambda found: found == [("0",)])
    for record in (of("a", "06:00:00", calls=1), of("b", "23:59:59.999", calls=2)):
        runtime.put_record(FeatureGroupName=group, Record=record)
    runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="a", EventTime="2026-11-30T06:30:00Z")
    wait_for(lambda: rows("SELECT count(*) FROM {}"), lambda found: found == [("3",)])
    told = rows("SELECT customer, calls, is_deleted, write_time >= api_invocation_time FROM {} ORDER BY at")
    assert told == [("a", "1", "false", "true"), ("b", "2", "false", "true"), ("a", None, "true", "true")]
    files = [file for [file] in rows('SELECT file_path FROM "{}$files"')]
    form = r"/offline-store/records-\d+-\d+/data/[0-9A-Za-z]{8}/at_trunc=2026-11-(29|30)/2026\d{4}T\d{6}Z_\w{16}\."
    assert files
    assert all(re.search(form, file) for file in files), files
    [first, *_] = rows('SELECT snapshot_id FROM "{}$history" ORDER BY made_current_at')
    added = [{"FeatureName": "Age", "FeatureType": "Integral"}]
    client("sagemaker").update_feature_group(FeatureGroupName=group, FeatureAdditions=added)
    runtime.put_record(FeatureGroupName=group, Record=of("c", "07:00:00", Age=40))
    wait_for(lambda: rows("SELECT age FROM {} WHERE customer = 'c'"), lambda found: found == [("40",)])
    assert rows("SELECT count(*), count(age) FROM {}") == [("4", "1")]
    before = int(rows(f"SELECT count(*) FROM {{}} FOR VERSION AS OF {first[0]}")[0][0])
    assert 1 <= before <= 3


def test_acknowledged_records_survive_the_end_of_the_emulator(
    own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMULATOR_OFFLINE_STORE_SECONDS", "600")
    running = start(own_state)
    client = clients_of(running)
    group = a_group(client, offline=True)
    wait_for(lambda: (own_state / "saved" / "current" / "sagemaker.json").exists(), bool)
    wait_for(lambda: group in (own_state / "saved" / "current" / "sagemaker.json").read_text(), bool)
    runtime = client("sagemaker-featurestore-runtime")
    for number in range(50):
        runtime.put_record(FeatureGroupName=group, Record=of(f"customer-{number}", "06:00:00", calls=number))
    kill(running)
    monkeypatch.setenv("EMULATOR_OFFLINE_STORE_SECONDS", "0.2")
    client = clients_of(start(own_state))
    assert online(client, group, "customer-49", FeatureNames=["calls"]) == {"calls": "49"}
    rows = wait_for(lambda: offline(client, group), bool)
    assert sorted(row["calls"] for row in rows) == list(range(50))
