"""A flow of Data Wrangler in the embedded AWS, by the request that the construct makes."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.published_stack import deploy
from harness.wrangling.flows import CUSTOMER_ROWS, CUSTOMERS, PREPARED
from sagemaker_constructs.data import DataWranglerFlow, ProcessingInput, ProcessingOutput

BUCKET = "flows"


@pytest.fixture(scope="module")
def wrangling_image(image_root: Path) -> str:
    """URI of the real image."""
    return build_pushed(image_root, "wrangling")


def test_a_flow_leaves_its_result_in_s3(
    client: Clients, sagemaker: Any, wrangling_image: str, context: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "customers.flow"
    file.write_text(CUSTOMERS)

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        flow = DataWranglerFlow(
            stack,
            "Prepare",
            flow=str(file),
            datasets={"customers.csv": ProcessingInput(bucket, "raw/customers")},
            output=ProcessingOutput(bucket, "prepared"),
            instance_type="ml.m5.large",
        )
        cdk.CfnOutput(stack, "Request", value=stack.to_json_string(dict(flow.definition.request)))

    objects = client("s3")
    objects.create_bucket(Bucket=BUCKET)
    objects.put_object(Bucket=BUCKET, Key="raw/customers/rows.csv", Body=CUSTOMER_ROWS.encode())
    stack = deploy(client, "data-wrangler-flow", build, context=context, outdir=tmp_path / "out")
    [output] = stack.describe()["Outputs"]
    request = json.loads(output["OutputValue"])
    # The command line of CDK, which builds images, is not part of this test.
    request["AppSpecification"]["ImageUri"] = wrangling_image

    sagemaker.create_processing_job(ProcessingJobName="prepare-1", **request)
    job = wait_for(
        lambda: sagemaker.describe_processing_job(ProcessingJobName="prepare-1"),
        lambda found: found["ProcessingJobStatus"] not in ("InProgress", "Stopping"),
    )
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert job["ExitMessage"] == "wrote 3 rows with 6 columns of formula.default"
    key = "prepared/prepare-1/formula/default/part-00000.csv"
    assert objects.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() == PREPARED
