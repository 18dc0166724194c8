"""A queue and a definition as the constructs make them, and jobs that prepare real rows."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.deployed_stack import Stack
from harness.published_stack import deploy, update
from sagemaker_constructs.data import (
    BatchJob,
    BatchJobDefinition,
    BatchQueue,
    FargateCapacity,
    ProcessingInput,
    ProcessingOutput,
)
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.network import VpcPlacement

BUCKET = "batch-rows"
ROWS = "".join(f"{number % 2},{number},{number * 3 % 7}\n" for number in range(100))
SCRIPT = """
import json, os, pathlib
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"]) / "processing"
found = sorted(path.name for path in (base / "input" / "rows").rglob("*.csv"))
(base / "output" / "seen").mkdir(parents=True)
(base / "output" / "seen" / "names.json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def stack(client: Clients, tabular_image: str, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    client("s3").create_bucket(Bucket=BUCKET)
    put(client, "raw/rows.csv", f"churned,visits,calls\n{ROWS}")

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Rows", BUCKET)
        placement = VpcPlacement(
            [ec2.Subnet.from_subnet_id(stack, "Subnet", "subnet-0a1b2c3d")],
            [ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")],
        )
        BatchQueue(stack, "Queue", placement=placement, capacity=[FargateCapacity(spot=True), FargateCapacity()])
        BatchJobDefinition(
            stack,
            "Prepare",
            image=ModelImage.from_uri(tabular_image),
            command=["process", "preprocess", "--label", "Ref::label"],
            parameters={"label": "churned"},
            inputs={"data": ProcessingInput(bucket, "raw")},
            outputs={name: ProcessingOutput(bucket, f"prepared/{name}") for name in ("train", "validation")},
        )
        BatchJobDefinition(
            stack,
            "Look",
            image=ModelImage.from_uri(tabular_image),
            command=["process"],
            inputs={
                "code": ProcessingInput(bucket, "code"),
                "rows": ProcessingInput(bucket, "parts", "ShardedByS3Key"),
            },
            outputs={"seen": ProcessingOutput(bucket, "seen")},
        )

    return deploy(client, "batch-deployed", build, context={}, outdir=tmp_path_factory.mktemp("batch") / "out")


def run(client: Clients, definition: str, **members: Any) -> tuple[Any, list[str]]:
    batch = client("batch")
    [name] = [
        each["jobDefinitionName"]
        for each in batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
        if each["jobDefinitionName"].startswith(f"batch-deployed-{definition}")
    ]
    [queue] = [each for each in batch.describe_job_queues()["jobQueues"] if "batch-deployed" in each["jobQueueName"]]
    job = batch.submit_job(jobName="run", jobQueue=queue["jobQueueArn"], jobDefinition=name, **members)["jobId"]
    ended = wait_for(
        lambda: batch.describe_jobs(jobs=[job])["jobs"][0], lambda found: found["status"] in ("SUCCEEDED", "FAILED")
    )
    place = {
        "logGroupName": ended["container"]["logConfiguration"]["options"]["awslogs-group"],
        "logStreamName": ended["container"].get("logStreamName", "-"),
    }
    written: list[Any] = []
    if "size" not in ended.get("arrayProperties", {}):
        written = client("logs").get_log_events(**place)["events"]
    return ended, [each["message"] for each in written]


def put(client: Clients, key: str, text: str) -> None:
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())


def get(client: Clients, key: str) -> str:
    return client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


@pytest.mark.usefixtures("stack")
def test_rows_are_prepared_as_a_processing_job_would(client: Clients) -> None:
    ended, lines = run(client, "prepare")
    assert ended["status"] == "SUCCEEDED", lines
    counted = {
        name: len(list(csv.DictReader(io.StringIO(get(client, f"prepared/{name}/{name}.csv")))))
        for name in ("train", "validation")
    }
    assert (sum(counted.values()), counted["validation"]) == (100, 20)
    assert lines[0] == "took 1 inputs from S3"


@pytest.mark.usefixtures("stack")
def test_a_job_that_cannot_prepare_them_says_why(client: Clients) -> None:
    ended, lines = run(client, "prepare", parameters={"label": "no-such"})
    assert (ended["status"], ended["container"]["exitCode"], len(ended["attempts"])) == ("FAILED", 1, 1)
    assert any("no-such" in line for line in lines)


@pytest.mark.usefixtures("stack")
def test_jobs_of_an_array_share_the_objects(client: Clients) -> None:
    put(client, "code/look.py", SCRIPT)
    for name in ("a", "b", "c"):
        put(client, f"parts/{name}.csv", "x\n")
    ended, _ = run(client, "look", arrayProperties={"size": 2})
    assert ended["status"] == "SUCCEEDED"
    seen = [get(client, f"seen/{index}/names.json") for index in range(2)]
    assert seen == ['["a.csv", "c.csv"]', '["b.csv"]']


@pytest.mark.usefixtures("stack")
def test_a_deployment_runs_a_job_and_fails_with_it(client: Clients, tabular_image: str, tmp_path: Path) -> None:
    def build(label: str) -> Callable[[cdk.Stack], None]:
        def add(stack: cdk.Stack) -> None:
            bucket = s3.Bucket.from_bucket_name(stack, "Rows", BUCKET)
            definition = BatchJobDefinition(
                stack,
                "Once",
                image=ModelImage.from_uri(tabular_image),
                command=["process", "preprocess", "--label", label],
                inputs={"data": ProcessingInput(bucket, "raw")},
                outputs={name: ProcessingOutput(bucket, f"once/{name}") for name in ("train", "validation")},
                max_runtime=cdk.Duration.minutes(5),
            )
            [queue] = [each for each in client("batch").describe_job_queues()["jobQueues"] if "deployed" in str(each)]
            shared = BatchQueue.from_queue_arn(stack, "Queue", queue["jobQueueArn"])
            BatchJob(stack, "Job", definition=definition, queue=shared)

        return add

    once = deploy(client, "batch-once", build("churned"), context={}, outdir=tmp_path / "good")
    assert get(client, "once/train/train.csv").startswith("churned,")
    assert update(client, once, build("no-such"), outdir=tmp_path / "bad") == "UPDATE_ROLLBACK_COMPLETE"
    assert any("ended as Failed: Essential container in task exited, exit code 1" in each for each in once.reasons())
    assert once.delete() == "DELETE_COMPLETE"
