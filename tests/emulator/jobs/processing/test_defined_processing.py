"""A processing job as `ProcessingDefinition` defines it, run for real on real rows."""

import csv
import io
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from harness.aws_clients import ROLE, Clients, wait_for
from sagemaker_constructs.data import ProcessingDefinition, ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage

KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-0123456789ab"
ROWS = "".join(f"{number % 2},{number},{number * 3 % 7}\n" for number in range(100))


def _request(image: str) -> dict[str, Any]:
    """The input of the Create call, in a stack where nothing is left to deployment."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="us-east-1"))
    bucket = s3.Bucket.from_bucket_name(stack, "Rows", "prepared-rows")
    definition = ProcessingDefinition(
        stack,
        "Prepare",
        image=ModelImage.from_uri(image),
        instance_type="ml.m5.large",
        encryption_key=kms.Key.from_key_arn(stack, "Key", KEY),
        role=iam.Role.from_role_arn(stack, "Role", ROLE),
        inputs={"data": ProcessingInput(bucket, "raw")},
        outputs={name: ProcessingOutput(bucket, f"prepared/{name}") for name in ("train", "validation")},
        arguments=["process", "preprocess", "--label", "churned"],
    )
    return cast(dict[str, Any], stack.resolve(dict(definition.request)))


def test_rows_are_prepared(sagemaker: Any, client: Clients, tabular_image: str) -> None:
    client("s3").create_bucket(Bucket="prepared-rows")
    client("s3").put_object(Bucket="prepared-rows", Key="raw/rows.csv", Body=f"churned,visits,calls\n{ROWS}".encode())
    sagemaker.create_processing_job(ProcessingJobName="prepares", **_request(tabular_image))
    job = wait_for(
        lambda: sagemaker.describe_processing_job(ProcessingJobName="prepares"),
        lambda job: job["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
    )
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    counted: dict[str, int] = {}
    for name in ("train", "validation"):
        stored = client("s3").get_object(Bucket="prepared-rows", Key=f"prepared/{name}/{name}.csv")
        counted[name] = len(list(csv.DictReader(io.StringIO(stored["Body"].read().decode()))))
    assert sum(counted.values()) == 100
    assert counted["validation"] == 20
