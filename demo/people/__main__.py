"""``python -m demo.people``: a hundred digits, labeled by people at both engines, and models of their labels."""

import argparse
import json
import os
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

from rich.console import Console

from demo import steps
from demo.account import Account
from demo.cdk_cli import CdkCli
from demo.deployment import Deployment
from demo.people.digits import COUNT, digits
from demo.people.portal import Portal
from demo.people.results import Labeled, print_results
from demo.people.studio import Studio
from demo.progress import Progress
from demo.scene import command_line, forget_last_run, play, short
from emulator import launcher

STATE = launcher.PROJECT / ".emulator" / "demo-data"
_APP = Path(__file__).with_name("app.py")
_PARAMETER = "/digits/labels"


def main() -> int:
    """Label, and train; 0, or 1 with the reason on the last line."""
    parser = argparse.ArgumentParser(prog="python -m demo.people", description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of the emulator's state, emptied first")
    parser.add_argument("--failure", type=Path, help="file that is given the reason of a failure")
    arguments = parser.parse_args()

    def show(console: Console, state: Path) -> None:
        print_results(console, run(console, state), short(state))

    return play(show, state=arguments.state.resolve(), failure=arguments.failure, command="make demo-data")


def run(console: Console, state: Path) -> list[Labeled]:
    """Images, labels and models, in an empty account that is gone at the end."""
    journal = state / "step-in-hand"
    forget_last_run(console, state, journal)
    progress = Progress(console, journal)
    images, truth = digits()
    names = {f"{number:03}.png": str(digit) for number, digit in enumerate(truth)}
    with progress.step("start the embedded AWS"):
        emulator = launcher.start(state, account="123456789012", region="us-east-1")
    with emulator:
        studio = Studio(state / "label-studio", emulator.environment(os.environ))
        try:
            account, cdk = Account(emulator), command_line(emulator, state)
            with progress.step("cdk bootstrap, and a bucket"):
                steps.bootstrap(cdk, emulator)
                bucket = _deploy(cdk, account, "digits-data")["Bucket"]
            with progress.step(f"put {COUNT} images of digits into it"):
                for name, image in zip(names, images, strict=True):
                    account.client("s3").put_object(
                        Bucket=bucket, Key=f"images/{name}", Body=image, ContentType="image/png"
                    )
            with progress.step("cdk deploy: a project of Label Studio, a job of Ground Truth"):
                deployed = Deployment(account, _deploy(cdk, account, "digits-labels"), [], Event())
            with progress.step("bob labels on Label Studio's page, ann at Ground Truth's portal"):
                manifests = _labeled(studio, deployed, bucket, names, state / "what-bob-saw.png")
            with progress.step("cdk deploy: two trainings, on the labels of each"):
                jobs = _deploy(cdk, account, "digits-training")
        finally:
            studio.close()
        return [Labeled.read(account, engine, url, jobs[f"{engine}Job"], names) for engine, url in manifests.items()]


def _deploy(cdk: CdkCli, account: Account, stack: str) -> dict[str, str]:
    app = f"exec {shlex.join([sys.executable, str(_APP)])}"
    arguments = ["deploy", stack, "--app", app, "--exclusively", "--require-approval", "never"]
    arguments += ["--output", str(account.state / "cdk.out")]
    cdk.run(stack, arguments, folder=account.state, timeout_seconds=600)
    [described] = account.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: str(each["OutputValue"]) for each in described["Outputs"]}


def _labeled(
    studio: Studio, deployed: Deployment, bucket: str, names: dict[str, str], picture: Path
) -> dict[str, str]:
    """Both people at a time; the manifests of their labels, by engine."""

    def at_label_studio() -> str:
        studio.label(studio.open([json.loads(deployed.outputs["Project"])]), names, picture)
        url = f"s3://{bucket}/{deployed.outputs['Manifest']}"
        deployed.wait_for(f"{COUNT} labels of Label Studio", lambda: _all_lines(deployed, url))
        return url

    def at_ground_truth() -> str:
        portal = Portal(deployed.account.address, deployed.outputs["Portal"])
        for task in deployed.wait_for(f"{COUNT} tasks of Ground Truth", lambda: _all(portal.tasks())):
            portal.answer(task, names)
        deployed.wait_for("the end of the labeling job", lambda: _completed(deployed))
        return _parameter(deployed, "ManifestUrl")

    with ThreadPoolExecutor(max_workers=2) as pool:
        found = {
            "LabelStudio": pool.submit(at_label_studio),
            "GroundTruth": pool.submit(at_ground_truth),
        }
        try:
            return {engine: each.result() for engine, each in found.items()}
        finally:
            deployed.over.set()


def _all(found: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    return found if len(found) == COUNT else None


def _all_lines(deployed: Deployment, url: str) -> bool | None:
    return len((deployed.read(url) or b"").splitlines()) == COUNT or None


def _completed(deployed: Deployment) -> bool | None:
    return json.loads(_parameter(deployed, "status")).get("status") == "Completed" or None


def _parameter(deployed: Deployment, name: str) -> str:
    return deployed.client("ssm").get_parameter(Name=f"{_PARAMETER}/{name}")["Parameter"]["Value"]


if __name__ == "__main__":
    sys.exit(main())
