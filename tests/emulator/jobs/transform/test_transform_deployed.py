"""Batch transform through the real `cdk` command line, on real rows."""

import csv
import io
import json
import os
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients, wait_for

APP = Path(__file__).parent / "batch_app" / "app.py"
TRUTH_AND_ANSWER = "$[0,1,-2,-1]"

Cdk = Callable[..., subprocess.CompletedProcess[str]]
Rows = Sequence[Sequence[str]]


@pytest.fixture
def cdk(emulator: RunningEmulator, tmp_path: Path) -> Cdk:
    """Runs the command line in a folder of its own; keywords become environment variables."""

    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments]
        given = arguments[0] == "bootstrap" or "--app" in arguments
        app = [] if given else ["--app", f"exec {shlex.join([sys.executable, str(APP)])}"]
        return subprocess.run(
            [*command, *app],
            cwd=tmp_path,
            env={
                **emulator.environment(os.environ),
                "CDK_VALIDATION": "false",
                "OUTPUT_FILTER": TRUTH_AND_ANSWER,
                **changed,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )

    return run


def deploy(cdk: Cdk, stack: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return cdk("deploy", stack, "--exclusively", "--require-approval", "never", **changed)


def outputs(client: Clients, stack: str) -> dict[str, str]:
    described = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in described}


def held_out(client: Clients, bucket: str, artifact: str) -> tuple[Rows, float]:
    """The rows that training kept aside, truth first, and the accuracy that it measured on them."""
    key = artifact.removeprefix(f"s3://{bucket}/").replace("model.tar.gz", "output.tar.gz")
    content = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        texts = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        read = {name: stream.read().decode() for name, stream in texts.items() if stream}
    return list(csv.reader(io.StringIO(read["held_out.csv"])))[1:], json.loads(read["metrics.json"])[
        "validation:accuracy"
    ]


def put_rows(client: Clients, bucket: str, key: str, rows: Rows) -> None:
    """Rows with an identifier in front."""
    lines = [",".join((f"patient-{number}", *row)) for number, row in enumerate(rows)]
    client("s3").put_object(Bucket=bucket, Key=key, Body="\n".join(lines).encode())


def scored(client: Clients, bucket: str, key: str) -> Rows:
    body: bytes = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return list(csv.reader(io.StringIO(body.decode())))


def check(answers: Rows, rows: Rows) -> float:
    """Each answer stands beside the truth of its own row; returns the share of right ones."""
    assert [answer[:2] for answer in answers] == [[f"patient-{number}", row[0]] for number, row in enumerate(rows)]
    for _, _, label, score in answers:
        assert label == ("malignant" if float(score) >= 0.5 else "benign")
    return sum(truth == label for _, truth, label, _ in answers) / len(answers)


def keys(client: Clients, bucket: str, prefix: str) -> list[str]:
    listed = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", [])]


def failures(client: Clients) -> list[str]:
    """The errors of all executions that have failed."""
    workflows = client("stepfunctions")
    failed = [
        execution["executionArn"]
        for machine in workflows.list_state_machines()["stateMachines"]
        for execution in workflows.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="FAILED")[
            "executions"
        ]
    ]
    return [workflows.describe_execution(executionArn=arn)["error"] for arn in failed]


def test_rows_are_scored_at_deployment_on_arrival_and_by_the_clock(cdk: Cdk, client: Clients) -> None:
    done = cdk("bootstrap", "aws://123456789012/us-east-1")
    assert done.returncode == 0, done.stdout
    done = deploy(cdk, "batch-training")
    assert done.returncode == 0, done.stdout
    trained = outputs(client, "batch-training")
    bucket = trained["Bucket"]
    rows, accuracy = held_out(client, bucket, trained["Artifact"])
    put_rows(client, bucket, "rows/today.csv", rows)

    done = deploy(cdk, "batch-scoring", OUTPUT_FILTER="$[99]")
    assert done.returncode == 1
    assert "index 99 is not within the 34 elements" in done.stdout
    assert keys(client, bucket, "scored/") == []

    client("cloudformation").delete_stack(StackName="batch-scoring")
    done = deploy(cdk, "batch-scoring")
    assert done.returncode == 0, done.stdout
    deployed = outputs(client, "batch-scoring")
    assert deployed["Url"] == f"s3://{bucket}/scored"
    assert check(scored(client, bucket, "scored/today.csv.out"), rows) == pytest.approx(accuracy)
    job = client("sagemaker").describe_transform_job(TransformJobName=deployed["JobName"])
    assert job["TransformJobStatus"] == "Completed"

    done = cdk("deploy", "batch-scoring", "--exclusively", "--app", "cdk.out")
    assert "(no changes)" in done.stdout

    bad = ["benign", "no", "such", "features"]
    put_rows(client, bucket, "rows/later/tomorrow.csv", [rows[0], bad, rows[1]])
    wait_for(lambda: keys(client, bucket, "scored/"), lambda found: len(found) == 2, seconds=60)
    first, second, third = scored(client, bucket, "scored/tomorrow.csv.out")
    assert second == ["patient-1", "benign", "ERROR", ""]
    assert check([first, ["patient-1", rows[1][0], *third[2:]]], rows[:2]) >= 0

    # A job would read both: its key is a prefix.
    put_rows(client, bucket, "rows/later/tomorrow.csv.more", rows[:1])
    wait_for(lambda: keys(client, bucket, "scored/tomorrow.csv.more"), bool, seconds=60)
    put_rows(client, bucket, "rows/later/tomorrow.csv", rows[:2])
    wait_for(lambda: failures(client), lambda found: found == ["SeveralObjects"], seconds=60)
    client("s3").delete_object(Bucket=bucket, Key="rows/later/tomorrow.csv.more")

    client("s3").delete_object(Bucket=bucket, Key="scored/today.csv.out")
    [nightly] = client("scheduler").list_schedules()["Schedules"]
    target = client("scheduler").get_schedule(Name=nightly["Name"])["Target"]
    client("scheduler").create_schedule(
        Name="by-now",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    wait_for(lambda: keys(client, bucket, "scored/today"), bool, seconds=90)
    assert check(scored(client, bucket, "scored/today.csv.out"), rows) == pytest.approx(accuracy)
    client("scheduler").delete_schedule(Name="by-now")

    done = cdk("destroy", "batch-scoring", "--force", "--exclusively", "--app", "cdk.out")
    assert done.returncode == 0, done.stdout
    assert client("scheduler").list_schedules()["Schedules"] == []
