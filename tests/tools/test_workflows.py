"""The ready workflows: linters find nothing, and what they run is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.documents import PROJECT
from sagemaker_constructs.delivery import GitLabProject
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


@pytest.mark.parametrize("workflow", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_what_is_run_is_there(workflow: Path) -> None:
    targets = {*re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)}
    run = re.findall(r"make ([a-z-]+)", workflow.read_text())
    assert {"test", "policy", "plan", "cost", "deploy"} == {*run} <= targets
    [limits] = {*re.findall(r"FAIL_ON=(\S+)", workflow.read_text())}
    assert {*limits.split(",")} <= {*LIMITS, *COSTS}


def test_production_is_deployed_after_staging_and_both_after_the_report() -> None:
    jobs = yaml.safe_load(GITHUB.read_text())["jobs"]
    assert [(name, job.get("needs")) for name, job in jobs.items()] == [
        ("test", None),
        ("report", "test"),
        ("staging", "report"),
        ("production", "staging"),
    ]
    assert [job.get("environment") for job in jobs.values()] == [None, None, "staging", "production"]
    signed_on = {name for name, job in jobs.items() if job["permissions"].get("id-token") == "write"}
    assert signed_on == {"report", "staging", "production"}


def test_tokens_of_gitlab_are_for_whom_the_roles_trust() -> None:
    document: dict[str, Any] = yaml.safe_load(GITLAB.read_text())
    assert document[".signed-on"]["id_tokens"]["AWS_TOKEN"]["aud"] == GitLabProject("team/churn").audience
    assert document["production"]["rules"][0]["when"] == "manual"
    assert document["stages"] == ["test", "report", "staging", "production"]
