"""The steps of a demo, each of which may fail with a reason."""

import tempfile
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from demo.cdk_cli import CdkCli
from demo.failure import DemoFailure
from demo.held_out import Answer, ask, held_out_rows
from demo.progress import Progress
from demo.summary import Trained
from emulator.launcher import ACCOUNT, REGION, RunningEmulator

PROJECT = Path(__file__).resolve().parent.parent


class Account:
    """The emulated account, as a client sees it."""

    def __init__(self, emulator: RunningEmulator) -> None:
        self._address = emulator.address

    def client(self, service: str) -> Any:
        """A boto3 client that gives up after two minutes instead of waiting for ever."""
        return cast(Any, boto3).client(
            service,
            endpoint_url=self._address,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 2}),
        )


def bootstrap(cdk: CdkCli) -> None:
    """Prepare the account for the CDK, from a folder without an app, which would be synthesized first."""
    with tempfile.TemporaryDirectory() as folder:
        cdk.run(
            "bootstrap",
            ["bootstrap", f"aws://{ACCOUNT}/{REGION}"],
            folder=Path(folder),
            timeout_seconds=120,
        )


def deploy(cdk: CdkCli, progress: Progress, assembly: Path) -> None:
    """Synthesize to ``assembly`` and deploy all of it: foundation, training (it trains), serving (it serves)."""
    cdk.run(
        "deploy",
        ["deploy", "**", "--output", str(assembly), "--require-approval", "never", "--progress", "events"],
        folder=PROJECT,
        timeout_seconds=900,
        on_line=progress.deployment_line,
    )


def stacks(account: Account) -> dict[str, int]:
    """Resources per deployed stack of the platform."""
    cloudformation = account.client("cloudformation")
    found = sorted(cloudformation.describe_stacks()["Stacks"], key=lambda stack: stack["CreationTime"])
    names = [stack["StackName"] for stack in found]
    return {
        name: sum(
            len(page["StackResourceSummaries"])
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        )
        for name in names
        if name != "CDKToolkit"
    }


def output(account: Account, name: str) -> str:
    """The stack output ``name``, whichever stack has it."""
    for stack in account.client("cloudformation").describe_stacks()["Stacks"]:
        for entry in stack.get("Outputs", []):
            if entry["OutputKey"] == name:
                return str(entry["OutputValue"])
    raise DemoFailure(f"no stack has an output {name}")


def trained(account: Account) -> Trained:
    """The training job that the deployment ran."""
    job = _call(account.client("sagemaker").describe_training_job, TrainingJobName=output(account, "TrainingJobName"))
    return Trained(
        name=job["TrainingJobName"],
        image=job["AlgorithmSpecification"]["TrainingImage"],
        metrics={metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])},
        seconds=int(job.get("TrainingTimeInSeconds", 0)),
    )


def invoke(account: Account, endpoint: str) -> list[Answer]:
    """Ask the endpoint about every row that training held out."""
    bucket, _, key = output(account, "ModelArtifactUrl").removeprefix("s3://").partition("/")
    rows = held_out_rows(account.client("s3"), bucket=bucket, key=key.replace("model.tar.gz", "output.tar.gz"))
    try:
        return ask(account.client("sagemaker-runtime"), endpoint=endpoint, rows=rows)
    except (ClientError, BotoCoreError) as error:
        raise DemoFailure(f"the endpoint {endpoint} did not answer: {error}") from error


def _call(operation: Any, **arguments: Any) -> Any:
    try:
        return operation(**arguments)
    except (ClientError, BotoCoreError) as error:
        raise DemoFailure(str(error)) from error
