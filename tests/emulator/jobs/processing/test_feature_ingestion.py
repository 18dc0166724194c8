"""Rows of files in a feature group, by the job that a definition defines, and read by the client of containers."""

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.features.records import a_group, offline, online
from sagemaker_constructs.data import ProcessingInput, ProcessingOutput
from sagemaker_constructs.features import FeatureGroup, FeatureIngestionDefinition, FeatureSchema, OfflineStore
from sagemaker_constructs.images import ModelImage
from tools.image_environment import interpreter

KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-0123456789ab"
SCHEMA = FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})
ROWS = "".join(f"c-{number},2026-11-29T06:00:00Z,{number},{number / 8}\n" for number in range(60))


def _request(
    image: str, group: str, most_refused: int, prefix: str = "raw", *, bucket: str = "feature-rows", **given: Any
) -> dict[str, Any]:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="us-east-1"))
    rows = s3.Bucket.from_bucket_name(stack, "Rows", bucket)
    role = iam.Role.from_role_arn(stack, "Role", ROLE)
    defined = FeatureGroup(stack, "Group", schema=SCHEMA, offline=OfflineStore(rows), role=role, name=group)
    definition = FeatureIngestionDefinition(
        stack,
        "Ingest",
        group=defined,
        image=ModelImage.from_uri(image),
        instance_type="ml.m5.large",
        encryption_key=kms.Key.from_key_arn(stack, "Key", KEY),
        role=role,
        data=ProcessingInput(rows, prefix),
        refused=ProcessingOutput(rows, "refused"),
        most_refused=most_refused,
        **given,
    )
    request = cast(dict[str, Any], stack.resolve(dict(definition.request)))
    arguments = request["AppSpecification"]["ContainerArguments"]
    request["AppSpecification"]["ContainerArguments"] = [
        each if isinstance(each, str) else group for each in arguments
    ]
    return request


def _ended(sagemaker: Any, name: str, request: dict[str, Any]) -> Any:
    sagemaker.create_processing_job(ProcessingJobName=name, **request)
    return wait_for(
        lambda: sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda job: job["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
    )


def test_rows_become_records_and_refused_ones_are_told(sagemaker: Any, client: Clients, tabular_image: str) -> None:
    bucket = client("s3")
    bucket.create_bucket(Bucket="feature-rows")
    wrong = "c-60,2026-11-29T06:00:00Z,many,\nc-61,,1,\n"
    text = f"customer,at,calls,minutes\n{ROWS}{wrong}"
    bucket.put_object(Bucket="feature-rows", Key="raw/rows.csv", Body=text.encode())
    group = a_group(client, offline=True)
    job = _ended(sagemaker, "ingests", _request(tabular_image, group, 2))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"].startswith(f"60 rows written to {group}, 2 refused: 1: ")
    assert online(client, group, "c-59", FeatureNames=["calls", "minutes"]) == {"calls": "59", "minutes": "7.375"}
    rows = wait_for(lambda: offline(client, group), lambda found: len(found) == 60)
    assert sum(row["calls"] for row in rows) == sum(range(60))
    kept = bucket.get_object(Bucket="feature-rows", Key="refused/rows.jsonl")["Body"].read().decode()
    told = [json.loads(line) for line in kept.splitlines()]
    assert [(each["customer"], "calls" in each["refused"]) for each in told] == [("c-60", True), ("c-61", False)]
    failed = _ended(sagemaker, "ingests-none", _request(tabular_image, group, 1))
    assert "60 rows written" in failed["FailureReason"]


@pytest.fixture(scope="module")
def wrangling_image(image_root: Path) -> str:
    """URI of the real image."""
    return build_pushed(image_root, "wrangling")


def _parquet(client: Clients, prefix: str, **columns: str) -> None:
    """A file of three rows, whose columns are expressions of DuckDB over a number ``n``."""
    chosen = ", ".join(f'{expression} AS "{name}"' for name, expression in columns.items())
    query = f"COPY (SELECT {chosen} FROM range(3) t(n)) TO '$file' (FORMAT parquet)"
    program = "import duckdb, sys; duckdb.sql(sys.argv[1].replace('$file', sys.argv[2]))"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        subprocess.run([interpreter("wrangling"), "-c", program, query, str(file)], check=True, timeout=300)
        client("s3").put_object(Bucket="feature-files", Key=f"{prefix}/rows.parquet", Body=file.read_bytes())


def test_rows_of_parquet_become_records_if_all_types_fit(
    sagemaker: Any, client: Clients, wrangling_image: str
) -> None:
    client("s3").create_bucket(Bucket="feature-files")
    group = a_group(client)
    moment = "TIMESTAMP '2026-11-29 06:00:00' + to_seconds(n)"
    _parquet(client, "fits", customer="'c-' || n", at=moment, calls="n::SMALLINT", minutes="(n / 8)::DECIMAL(9, 3)")
    given: dict[str, Any] = {"format": "parquet", "bucket": "feature-files"}
    job = _ended(sagemaker, "reads-parquet", _request(wrangling_image, group, 0, "fits", **given))
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == f"3 rows written to {group}"
    expected = {"calls": "2", "minutes": "0.250", "at": "2026-11-29T06:00:02.000Z"}
    assert online(client, group, "c-2", FeatureNames=[*expected]) == expected

    _parquet(client, "wrong", customer="n", at=moment, calls="n / 8", minutes="NULL::DOUBLE", country="'de'")
    failed = _ended(sagemaker, "refuses-parquet", _request(wrangling_image, group, 9, "wrong", **given))
    assert failed["ProcessingJobStatus"] == "Failed"
    for words in (
        "nothing was written",
        "rows.parquet: customer is BIGINT, and its feature String",
        "rows.parquet: calls is DOUBLE, and its feature Integral",
        "rows.parquet: country is no feature of the group",
    ):
        assert words in failed["FailureReason"]

    client("s3").put_object(Bucket="feature-files", Key="text/rows.parquet", Body=b"customer,at\n")
    failed = _ended(sagemaker, "refuses-text", _request(wrangling_image, group, 9, "text", **given))
    assert "rows.parquet is no file of Parquet" in failed["FailureReason"]


PROGRAM = """
import json, sys
from jobs.features.feature_store import FeatureStore

store = FeatureStore(sys.argv[1])
rows = [{"customer": f"c-{n}", "at": "2026-11-29T06:00:00Z", "calls": n, "minutes": n / 2} for n in range(120)]
rows[7]["calls"] = float("nan")
rows[8]["at"] = None

class Frame:
    columns = list(rows[0])

    def itertuples(self, index, name):
        return (tuple(row.values()) for row in rows)

refused = list(store.write_frame(Frame()))
print(json.dumps({
    "written": store.written,
    "refused": [(each.place, each.row["customer"], each.reason) for each in refused],
    "one": store.get("c-3"),
    "without": store.get("c-7", ["calls", "minutes"]),
    "none": store.get("c-8"),
    "many": len(store.get_many(f"c-{n}" for n in range(120))),
}))
"""


def test_the_client_reads_and_writes_with_types(client: Clients, emulator: RunningEmulator) -> None:
    units = {"ThroughputMode": "Provisioned", "ProvisionedReadCapacityUnits": 1, "ProvisionedWriteCapacityUnits": 60}
    group = a_group(client, ThroughputConfig=units)
    environment = {
        **emulator.environment({"PATH": os.environ["PATH"]}),
        "PYTHONPATH": os.pathsep.join(str(PROJECT / "containers" / each) for each in ("jobs", "serving")),
    }
    ran = subprocess.run(
        [interpreter("tabular"), "-c", PROGRAM, group], env=environment, capture_output=True, check=True, timeout=60
    )
    told = json.loads(ran.stdout)
    [(place, customer, reason)] = told.pop("refused")
    assert (place, customer, "[at]" in reason) == (8, "c-8", True)
    assert told == {
        "written": 119,
        "one": {"customer": "c-3", "at": "2026-11-29T06:00:00Z", "calls": 3, "minutes": 1.5},
        "without": {"minutes": 3.5},
        "none": None,
        "many": 119,
    }
