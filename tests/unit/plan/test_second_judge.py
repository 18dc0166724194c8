"""AWS's own comparison of templates as a second judge: who disagrees, and who is right."""

import json
import subprocess
from pathlib import Path

import pytest

from harness.documents import PROJECT
from harness.plan.prepared import PREPARED
from sagemaker_constructs.plan import ChangeAction, compare

_HARD = {"WILL_REPLACE", "MAY_REPLACE"}


@pytest.fixture(scope="module")
def impacts() -> list[dict[str, str]]:
    """What it says about each prepared change."""
    program = Path(__file__).with_name("second_judge.mjs")
    given = json.dumps([[each.before, each.after] for each in PREPARED])
    done = subprocess.run(
        ["node", program], cwd=PROJECT, input=given, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_what_we_replace_it_replaces_too(impacts: list[dict[str, str]]) -> None:
    disagreed: dict[str, set[str]] = {}
    for change, impact in zip(PREPARED, impacts, strict=True):
        ours = {
            each.logical_id
            for each in compare({"s": {"Resources": change.before}}, {"s": {"Resources": change.after}})
            if each.action is ChangeAction.REPLACE
        }
        theirs = {name for name, said in impact.items() if said in _HARD}
        if ours != theirs:
            disagreed[change.name] = ours ^ theirs
    assert disagreed == {}


def test_it_does_not_see_that_the_endpoint_rolls(impacts: list[dict[str, str]]) -> None:
    [rolling] = [index for index, each in enumerate(PREPARED) if each.name == "another model behind an endpoint"]
    assert "Endpoint" not in impacts[rolling]
