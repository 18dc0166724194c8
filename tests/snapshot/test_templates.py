"""Each stack of each environment against its committed template: a change shows in review as what it deploys.

After a change that is meant: make snapshots.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.platform_templates import ENVIRONMENTS, SynthesizedStack, all_stacks, synthesized

TEMPLATES = Path(__file__).parent / "templates"


def _normalised(template: dict[str, Any]) -> str:
    """Without what changes with every edit of an asset, and without what the CDK puts into every template."""
    template.get("Parameters", {}).pop("BootstrapVersion", None)
    template.get("Rules", {}).pop("CheckBootstrapVersion", None)
    text = json.dumps(template, indent=1, sort_keys=True)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<asset>", text)
    return re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1<version>", text) + "\n"


@pytest.fixture(scope="module", autouse=True)
def _update_when_asked() -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        shutil.rmtree(TEMPLATES, ignore_errors=True)
        TEMPLATES.mkdir()
        for stack in all_stacks():
            _file(stack).write_text(_normalised(stack.template))


def test_the_stacks_are_those_committed() -> None:
    assert {path.name for path in TEMPLATES.iterdir()} == {_file(stack).name for stack in all_stacks()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_templates_are_the_committed_ones(environment: str) -> None:
    changed = [
        stack.name for stack in synthesized(environment) if _normalised(stack.template) != _file(stack).read_text()
    ]
    assert changed == [], "if this is meant: make snapshots"


def _file(stack: SynthesizedStack) -> Path:
    return TEMPLATES / f"{stack.environment}-{stack.name}.json"
