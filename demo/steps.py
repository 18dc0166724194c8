"""The steps of a demo, each of which may fail with a reason."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from demo.account import Account
from demo.cdk_cli import CdkCli
from demo.deployment import split_url
from demo.failure import DemoFailure
from demo.held_out import Row, held_out_rows
from demo.progress import Progress
from demo.summary import Trained
from emulator.launcher import RunningEmulator
from stacks.platform import STACKS
from stacks.settings import PlatformSettings, SettingsError, load_settings
from tools.report.approvals import moves
from tools.report.executions import executions
from tools.report.pages import write

PROJECT = Path(__file__).resolve().parent.parent


def configured(environment: str) -> PlatformSettings:
    """The settings of ``environment``, which is deployed; its account and region are those of the emulator."""
    try:
        return load_settings(Path("config") / f"{environment}.yaml")
    except SettingsError as error:
        first, *others = map(str, error.lines)
        if others:
            # The reason of a demo is one line; whoever mends the file wants to see them all.
            print(*error.lines, sep="\n", file=sys.stderr)
        raise DemoFailure(f"{first} (and {len(others)} more)" if others else first) from error


def bootstrap(cdk: CdkCli, emulator: RunningEmulator) -> None:
    """Prepare the account for the CDK, from a folder without an app, which would be synthesized first."""
    with tempfile.TemporaryDirectory() as folder:
        cdk.run(
            "bootstrap",
            ["bootstrap", f"aws://{emulator.account}/{emulator.region}"],
            folder=Path(folder),
            timeout_seconds=120,
        )


def deploy(cdk: CdkCli, progress: Progress, assembly: Path, environment: str) -> None:
    """Synthesize ``environment`` to ``assembly`` and deploy it: foundation, training (it trains), ways of serving."""
    cdk.run(
        "deploy",
        [
            "deploy",
            "**",
            "--context",
            f"environment={environment}",
            "--concurrency",
            str(len(STACKS)),
            "--output",
            str(assembly),
            "--require-approval",
            "never",
            "--progress",
            "events",
        ],
        folder=PROJECT,
        timeout_seconds=900,
        on_line=progress.deployment_line,
    )


def stacks(account: Account) -> dict[str, int]:
    """Resources per deployed stack of the platform."""
    cloudformation = account.client("cloudformation")
    return {
        name: sum(
            len(page["StackResourceSummaries"])
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        )
        for name in account.outputs
    }


def trained(account: Account) -> Trained:
    """The training job that the deployment ran."""
    job = _call(
        account.client("sagemaker").describe_training_job,
        TrainingJobName=account.output("training", "TrainingJobName"),
    )
    return Trained(
        name=job["TrainingJobName"],
        image=job["AlgorithmSpecification"]["TrainingImage"],
        metrics={metric["MetricName"]: metric["Value"] for metric in job.get("FinalMetricDataList", [])},
        seconds=int(job.get("TrainingTimeInSeconds", 0)),
    )


def report(account: Account, folder: Path) -> Path | None:
    """The page about the pipelines and approvals that were deployed; None where there are none."""
    pipelines = [outputs["PipelineName"] for outputs in account.outputs.values() if "PipelineName" in outputs]
    tables = [outputs["ApprovalTable"] for outputs in account.outputs.values() if "ApprovalTable" in outputs]
    if not pipelines and not tables:
        return None
    found = [each for name in pipelines for each in _call(executions, account, name)]
    return write(folder, found, [each for name in tables for each in _call(moves, account, name)])


def held_out(account: Account) -> list[Row]:
    """Every row that training held out, from what the job wrote beside its artifact."""
    bucket, key = split_url(account.output("training", "ModelArtifactUrl"))
    return _call(held_out_rows, account.client("s3"), bucket=bucket, key=key.replace("model.tar.gz", "output.tar.gz"))


def _call(operation: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return operation(*arguments, **options)
    except (ClientError, BotoCoreError) as error:
        raise DemoFailure(str(error)) from error
