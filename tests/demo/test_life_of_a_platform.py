"""``make demo`` as a person runs it, and what they would do to the deployed platform afterwards, by the real CLI."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3
import pytest

from demo.summary import shown_in
from emulator import launcher
from harness.project_copy import PROJECT, change, copy_project
from stacks.platform import STACKS

# One real patient: the features of scikit-learn's breast cancer data, in their order.
ROW = (
    "13.54,14.36,87.46,566.3,0.09779,0.08129,0.06664,0.04781,0.1885,0.05766,"
    "0.2699,0.7886,2.058,23.56,0.008462,0.0146,0.02387,0.01315,0.0198,0.0023,"
    "15.11,19.26,99.7,711.2,0.144,0.1773,0.239,0.1288,0.2977,0.07259"
)


def _demo(state: Path, page: Path, timeout: int = 900) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo", "--state", str(state), "--transcript", str(page)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, "COLUMNS": "200"},
    )


@dataclass
class Platform:
    """The project, pointed at a running emulator."""

    folder: Path
    emulator: launcher.RunningEmulator

    def cdk(self, *arguments: str, timeout: int = 900) -> subprocess.CompletedProcess[str]:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{PROJECT / 'node_modules' / '.bin'}"
        return subprocess.run(
            ["cdk", *arguments, "--no-notices", "--no-color"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={
                **self.emulator.environment(os.environ),
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                "CDK_VALIDATION": "false",
            },
        )

    def deploy(self, assembly: str) -> subprocess.CompletedProcess[str]:
        """The real-time stack and what it stands on; the other ways of serving have no part in the story."""
        return self.cdk(
            "deploy", "dev/real-time", "--require-approval", "never", "--progress", "events", "--output", assembly
        )

    def client(self, service: str) -> Any:
        return cast(Any, boto3).client(
            service,
            endpoint_url=self.emulator.address,
            region_name=self.emulator.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def endpoint(self) -> dict[str, Any]:
        [summary] = self.client("sagemaker").list_endpoints(NameContains="real-time")["Endpoints"]
        return self.client("sagemaker").describe_endpoint(EndpointName=summary["EndpointName"])

    def predict(self) -> dict[str, Any]:
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.endpoint()["EndpointName"], ContentType="text/csv", Accept="application/json", Body=ROW
        )
        return json.loads(answer["Body"].read())["predictions"][0]

    def configuration(self) -> dict[str, Any]:
        name = self.endpoint()["EndpointConfigName"]
        return self.client("sagemaker").describe_endpoint_config(EndpointConfigName=name)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "state"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README, in which the demo writes what it has shown."""
    return Path(shutil.copy(PROJECT / "README.md", tmp_path_factory.mktemp("page")))


@pytest.fixture(scope="module")
def told(state: Path, page: Path) -> subprocess.CompletedProcess[str]:
    """What one demo, from an empty account, said."""
    return _demo(state, page)


@pytest.fixture(scope="module")
def platform(
    state: Path, told: subprocess.CompletedProcess[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The emulator started again on what the demo left."""
    assert told.returncode == 0, told.stdout
    with launcher.start(state) as emulator:
        yield Platform(copy_project(tmp_path_factory.mktemp("project") / "platform"), emulator)


def test_the_demo_tells_its_story(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, told.stdout
    for expected in (
        "ml-platform-dev-foundation",
        "ml-platform-dev-training",
        "ml-platform-dev-real-time",
        "the truth",
        "accuracy 0.",
        "held-out rows",
        "make emulator",
    ):
        assert expected in told.stdout


def test_the_results_come_last(told: subprocess.CompletedProcess[str]) -> None:
    titles = (
        "What was deployed",
        "What it took",
        "What was trained and served",
        "Every capability, asked",
        "curl http",
    )
    places = [told.stdout.index(title) for title in titles]
    assert places == sorted(places)


def test_the_readme_shows_what_the_demo_says(told: subprocess.CompletedProcess[str], page: Path) -> None:
    assert told.returncode == 0, told.stdout
    shown, said = (_without_numbers(shown_in(each)) for each in (PROJECT / "README.md", page))
    assert shown == said, "run: make demo TRANSCRIPT=README.md"


def _without_numbers(text: str) -> list[str]:
    """The words in the table, whose numbers and breaks differ from demo to demo."""
    _, _, table = text.partition("Every capability, asked")
    return re.findall(r"[A-Za-z-]+", re.sub(r"\w*\d\w*", "", table))


def test_every_way_of_serving_answers(told: subprocess.CompletedProcess[str]) -> None:
    _, _, after = told.stdout.partition("Every capability, asked")
    rows = re.split(r"[├└]─", after)
    for kind, asked, answered in (
        (
            "real time",
            "then 40 requests more",
            r"11\d of 11\d right; \d+ by Champion, \d+ by Challenger; version 1 of the registry, approved",
        ),
        (
            "front door",
            "a bad body; no key",
            r"200: 11\d of 11\d right; 400 for a bad body; 403 without the key; behind 4 rules of a firewall",
        ),
        (
            "tuning",
            "4 training jobs",
            r"validation:auc from 0\.\d+ to 0\.9\d+; the best has learning_rate 0\.\d+, num_leaves \d+ and a model",
        ),
        ("signed door", "a bad body", r"200: 11\d of 11\d right; 400 for a bad body"),
        ("shadow test", "held-out rows", r"by Live; 1 copy to Shadow, answer dropped"),
        ("pipeline", "records with named fields", r"through prepare and predict: 11\d of 11\d right; refused"),
        ("direct", "prepare for 11", r"11\d rows of CSV from prepare; 11\d of 11\d right from predict"),
        ("serverless", "held-out rows", r"11\d of 11\d right, in 2048 MB and without an instance"),
        ("asynchronous", "slept at 0 instances", r"woke to 1 instance, output object and success message; 11\d of"),
        (
            "multi-model",
            "second.tar.gz before and after its upload",
            r"11\d of 11\d right; refused, then 11\d of",
        ),
        ("components", "each of 2 components", r"11\d of 11\d right; 11\d of 11\d right, woken from 0 copies"),
        ("batch transform", "truth filtered from", r"joined 11\d answers to their rows; 11\d of 11\d right"),
        ("nightly run", "that its manifest lists", r"11\d of 11\d right"),
        ("scaling", "all endpoints", r"10 follow targets, 4 go in steps; 8 schedules \(evening, morning, night\)"),
    ):
        [row] = [row for row in rows if f"│ {kind} " in row]
        assert asked in row
        assert re.search(answered, row), row


def test_the_platform_lives(platform: Platform, told: subprocess.CompletedProcess[str]) -> None:
    """Restart, no change, update, failed update, drift, and the end: one story, as each chapter needs the last."""
    # What the demo deployed is still there, and answers, after the emulator has been stopped and started.
    _, _, command = told.stdout.partition("the front door answers again:\n")
    asked = subprocess.run(command, shell=True, cwd=PROJECT, capture_output=True, text=True, timeout=900)
    assert "predictions" in asked.stdout, asked.stderr
    before = platform.predict()
    assert before["predicted_label"] in ("benign", "malignant")
    # By template: a change set of each stack would take four times as long, and show the same.
    unchanged = platform.cdk("diff", "**", "--method", "template")
    assert "no differences" in unchanged.stdout + unchanged.stderr

    # An update: another weight and another model. The endpoint stays, the configuration is replaced.
    endpoint = platform.endpoint()
    config = platform.folder / "config" / "dev.yaml"
    change(config, "weight: 3", "weight: 2")
    change(config, "num_leaves: 15", "num_leaves: 3")
    updated = platform.deploy("updated")
    assert updated.returncode == 0, updated.stdout + updated.stderr
    after = platform.endpoint()
    assert after["EndpointArn"] == endpoint["EndpointArn"]
    assert after["EndpointConfigName"] != endpoint["EndpointConfigName"]
    # The new model is the next version in the registry, after the first and the one of the demo's pipeline.
    [group] = platform.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    versions = platform.client("sagemaker").list_model_packages(
        ModelPackageGroupName=group["ModelPackageGroupName"], ModelApprovalStatus="Approved"
    )["ModelPackageSummaryList"]
    numbers = sorted(version["ModelPackageVersion"] for version in versions)
    # Of the two between, the one that the search for a model has registered still waits.
    assert (len(numbers), numbers[0], numbers[-1]) == (3, 1, 4)
    assert platform.configuration()["ProductionVariants"][0]["InitialVariantWeight"] == 2
    assert platform.predict()["score"] != before["score"]

    # A deployment that fails: training refuses its parameters, says why, and nothing has changed.
    serving = platform.predict()
    change(config, "learning_rate: 0.05", "learning_rate: 7")
    failed = platform.deploy("failed")
    assert failed.returncode != 0
    assert "learning_rate" in failed.stdout + failed.stderr
    stack = platform.client("cloudformation").describe_stacks(StackName="ml-platform-dev-training")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert platform.predict() == serving

    # Drift: none, until a change is made by hand. What was synthesized for the update is what is deployed.
    assert platform.cdk("drift", "dev/*", "--fail", "--app", "updated").returncode == 0
    platform.client("ssm").put_parameter(
        Name="/ml-platform/dev/model-artifact-url", Value="s3://by/hand.tar.gz", Type="String", Overwrite=True
    )
    drifted = platform.cdk("drift", "dev/training", "--fail", "--app", "updated")
    assert drifted.returncode != 0
    assert "s3://by/hand.tar.gz" in drifted.stdout + drifted.stderr

    # The end: everything goes but the data.
    destroyed = platform.cdk("destroy", "**", "--force", "--concurrency", str(len(STACKS)), "--app", "updated")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert platform.client("sagemaker").list_endpoints()["Endpoints"] == []
    assert platform.client("sagemaker").list_models()["Models"] == []
    buckets = [bucket["Name"] for bucket in platform.client("s3").list_buckets()["Buckets"]]
    assert sum("sagemaker" in name for name in buckets) == 4
