"""A training set of what was known, by the job that a definition defines, over a group of the same stack."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.features.records import offline
from harness.published_stack import deploy
from sagemaker_constructs.data import AthenaWorkgroup, LakeDatabase, LakeTable, ProcessingOutput
from sagemaker_constructs.features import (
    FeatureGroup,
    FeatureSchema,
    GroupFeatures,
    OfflineStore,
    TrainingSetDefinition,
)
from sagemaker_constructs.images import ModelImage

BUCKET = "training-sets"
ASKED = (("ann", 2, 0), ("ann", 4, 1), ("bob", 4, 0))


def test_each_row_has_the_features_of_its_time(
    client: Clients, sagemaker: Any, tabular_image: str, context: dict[str, Any], tmp_path: Path
) -> None:
    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        schema = FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})
        group = FeatureGroup(stack, "Calls", schema=schema, offline=OfflineStore(bucket))
        labels = LakeTable(
            stack,
            "Labels",
            database=LakeDatabase(stack, "Churn"),
            bucket=bucket,
            prefix="labels",
            format="csv",
            columns={"customer": "string", "asked_at": "string", "churned": "int"},
        )
        definition = TrainingSetDefinition(
            stack,
            "Rows",
            spine=labels,
            event_time="asked_at",
            columns=["churned"],
            features=[GroupFeatures(group, ["calls"])],
            workgroup=AthenaWorkgroup(stack, "Team", bucket=bucket),
            rows=ProcessingOutput(bucket, "rows"),
            image=ModelImage.from_uri(tabular_image),
            instance_type="ml.m5.large",
        )
        cdk.CfnOutput(stack, "Request", value=stack.to_json_string(dict(definition.request)))
        cdk.CfnOutput(stack, "Group", value=group.name)

    objects = client("s3")
    objects.create_bucket(Bucket=BUCKET)
    asked = ["customer,asked_at,churned", *(f"{who},2026-11-0{day}T00:00:00Z,{left}" for who, day, left in ASKED)]
    objects.put_object(Bucket=BUCKET, Key="labels/rows.csv", Body="\n".join(asked).encode())
    stack = deploy(client, "training-sets", build, context=context, outdir=tmp_path / "out")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}
    store = client("sagemaker-featurestore-runtime")
    for day, calls in (("01", "3"), ("03", "8")):
        record = {"customer": "ann", "at": f"2026-11-{day}T00:00:00Z", "calls": calls}
        written = [{"FeatureName": name, "ValueAsString": value} for name, value in record.items()]
        store.put_record(FeatureGroupName=outputs["Group"], Record=written)
    wait_for(lambda: offline(client, outputs["Group"]), lambda rows: len(rows) == 2)

    sagemaker.create_processing_job(ProcessingJobName="training-set", **json.loads(outputs["Request"]))
    job = wait_for(
        lambda: sagemaker.describe_processing_job(ProcessingJobName="training-set"),
        lambda found: found["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
    )
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"].startswith("3 rows of what was known")
    body = objects.get_object(Bucket=BUCKET, Key="rows/rows.csv")["Body"].read().decode()
    rows = sorted(csv.DictReader(io.StringIO(body)), key=lambda row: (row["customer"], row["asked_at"]))
    assert [(row["customer"], row["churned"], row["calls"]) for row in rows] == [
        ("ann", "0", "3"),
        ("ann", "1", "8"),
        ("bob", "0", ""),
    ]
