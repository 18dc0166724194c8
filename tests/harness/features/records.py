"""Feature groups and records, as the API writes them."""

import importlib
import io
import itertools
from collections.abc import Mapping
from typing import Any

from harness.aws_clients import ROLE, Clients

_numbers = itertools.count()


def a_group(client: Clients, *, offline: bool = False, table_format: str = "Glue", **members: Any) -> str:
    """Create a group of customers with an online store, and with an offline store; its name."""
    name = f"records-{next(_numbers)}"
    kinds = {"customer": "String", "at": "String", "calls": "Integral", "minutes": "Fractional"}
    stores: dict[str, Any] = {"OnlineStoreConfig": {"EnableOnlineStore": True}}
    if offline:
        client("s3").create_bucket(Bucket=name)
        stores["OfflineStoreConfig"] = {"S3StorageConfig": {"S3Uri": f"s3://{name}/all"}, "TableFormat": table_format}
    request = {
        "RecordIdentifierFeatureName": "customer",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [{"FeatureName": each, "FeatureType": kind} for each, kind in kinds.items()],
        "RoleArn": ROLE,
    }
    client("sagemaker").create_feature_group(FeatureGroupName=name, **{**request, **stores, **members})
    return name


def record(values: Mapping[str, object]) -> list[dict[str, str]]:
    """A record with these values."""
    return [{"FeatureName": name, "ValueAsString": str(value)} for name, value in values.items()]


def of(customer: str, time: str, **values: object) -> list[dict[str, str]]:
    """A record of a customer at a time of 2026-11-29, such as `06:00:00`."""
    return record({"customer": customer, "at": f"2026-11-29T{time}Z", **values})


def online(client: Clients, group: str, customer: str, **asked: Any) -> dict[str, str] | None:
    """The values of the record online; None when there is none."""
    answer = client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=group, RecordIdentifierValueAsString=customer, **asked
    )
    found = answer.get("Record")
    return {each["FeatureName"]: each["ValueAsString"] for each in found} if found else None


def offline_files(client: Clients, group: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the offline store by the key of their file."""
    described = client("sagemaker").describe_feature_group(FeatureGroupName=group)
    address: str = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    bucket, _, folder = address.removeprefix("s3://").partition("/")
    s3 = client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder)
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    files = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    read: Any = importlib.import_module("pyarrow.parquet").read_table
    return {key: read(io.BytesIO(body)).to_pylist() for key, body in files.items()}


def offline(client: Clients, group: str) -> list[dict[str, Any]]:
    """All rows of the offline store."""
    return [row for rows in offline_files(client, group).values() for row in rows]
