"""The ready workflows: linters find nothing, and what they run is there."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.documents import PROJECT
from sagemaker_constructs.delivery import Continuous, DeliverySteps, GitLabProject
from sagemaker_constructs.delivery.workflows.github import github_workflow
from sagemaker_constructs.delivery.workflows.gitlab import gitlab_workflow
from sagemaker_constructs.delivery.workflows.way import Way
from sagemaker_constructs.plan.change_report import COSTS, LIMITS

FOLDER = PROJECT / "examples" / "workflows"
GITHUB, GITLAB = FOLDER / "github.yml", FOLDER / "gitlab.yml"
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "linter", [["actionlint"], ["zizmor", "--offline", "--no-progress", "--min-severity", "low"]]
)
def test_linters_find_nothing(linter: list[str]) -> None:
    done = subprocess.run([BIN / linter[0], *linter[1:], GITHUB], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_linter_finds_an_action_that_is_not_pinned(tmp_path: Path) -> None:
    loose = re.sub(r"actions/checkout@\w+ # v[\d.]+", "actions/checkout@v7", GITHUB.read_text())
    (tmp_path / "loose.yml").write_text(loose)
    command = [BIN / "zizmor", "--offline", "--no-progress", tmp_path / "loose.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_they_are_what_the_command_writes(kind: str) -> None:
    command = [sys.executable, "-m", "sagemaker_constructs.delivery", "workflow", kind, "--make"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == (FOLDER / f"{kind}.yml").read_text(), "make workflows"


@pytest.mark.parametrize("workflow", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_what_is_run_is_there(workflow: Path) -> None:
    targets = {*re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)}
    run = re.findall(r"make ([a-z-]+)", workflow.read_text())
    assert {"test", "synth", "policy", "plan", "cost", "deploy", "smoke", "load-test"} == {*run} <= targets
    [limits] = {*re.findall(r"FAIL_ON=(\S+)", workflow.read_text())}
    assert {*limits.split(",")} <= {*LIMITS, *COSTS}


@pytest.mark.parametrize("kind", [github_workflow, gitlab_workflow])
def test_the_workflow_of_an_app_of_ones_own_is_good_too(kind: Callable[[Way], str], tmp_path: Path) -> None:
    written = kind(Way(DeliverySteps(load=["./load: 'test' # of ours"]), ["one", "two", "three"]))
    document: dict[str, Any] = yaml.safe_load(written)
    assert "./load: 'test' # of ours" in str(document)
    if kind is github_workflow:
        file = tmp_path / "delivery.yml"
        file.write_text(written)
        done = subprocess.run([BIN / "actionlint", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert [job.get("needs") for job in document["jobs"].values()] == [None, "test", "report", "one", "two"]


def test_production_is_deployed_after_staging_and_both_after_the_report() -> None:
    jobs = yaml.safe_load(GITHUB.read_text())["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("test", None),
        ("report", "test"),
        ("staging", "report"),
        ("prod", "staging"),
    ]
    assert [job.get("environment") for job in jobs.values()] == [None, None, "staging", "prod"]
    signed_on = {name for name, job in jobs.items() if job["permissions"].get("id-token") == "write"}
    assert signed_on == {"report", "staging", "prod"}


def test_tokens_of_gitlab_are_for_whom_the_roles_trust() -> None:
    document: dict[str, Any] = yaml.safe_load(GITLAB.read_text())
    assert document[".signed-on"]["id_tokens"]["AWS_TOKEN"]["aud"] == GitLabProject("team/churn").audience
    assert document["prod"]["rules"][0]["when"] == "manual"
    assert document["take-back-prod"]["rules"][0]["when"] == "on_failure"
    assert document["take-back-prod"]["needs"] == ["prod"]
    stages = ["test", "report", "staging", "take-back-staging", "prod", "take-back-prod"]
    assert document["stages"] == stages


def test_the_switch_of_gitlab_is_in_the_file() -> None:
    alone: dict[str, Any] = yaml.safe_load(
        gitlab_workflow(Way(DeliverySteps(), ["staging", "prod"], Continuous.DEPLOYMENT))
    )
    assert alone["prod"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]


def test_a_deployment_that_fails_its_smoke_test_is_taken_back() -> None:
    """By the same commands, of the revision before."""
    steps: list[dict[str, Any]] = yaml.safe_load(GITHUB.read_text())["jobs"]["prod"]["steps"]
    backs = [each for each in steps if "failure()" in each.get("if", "")]
    assert backs[0]["with"]["ref"] == "${{ github.event.before }}"
    deploys = [each["run"] for each in steps if each.get("id") == "deploy"]
    assert [each["run"] for each in backs[1:]][-1:] == deploys
