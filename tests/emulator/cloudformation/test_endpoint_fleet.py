"""A fleet of forty endpoints, deployed by the unmodified command line in waves that stop at a broken one."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients
from harness.published_stack import Cdk

_APP = Path(__file__).parent / "fleet_app" / "app.py"


def _deploy(cdk: Cdk, **changed: str) -> subprocess.CompletedProcess[str]:
    arguments = ("deploy", "**", "--require-approval", "never", "--concurrency", "4", "--output", "out")
    return cdk(*arguments, program=_APP, **changed)


def _rows(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Of each stack of the fleet what its template says of its rows."""
    templates = {
        path: json.loads(path.read_text()) for path in (folder / "out" / "assembly-test").glob("*.template.json")
    }
    return {
        f"test-Shops-{path.name.removeprefix('testShops')[:3]}": each["Metadata"]["sagemaker-constructs:fleet"]
        for path, each in templates.items()
    }


def _statuses(client: Clients) -> dict[str, str]:
    stacks = client("cloudformation").describe_stacks()["Stacks"]
    return {each["StackName"]: each["StackStatus"] for each in stacks if "Shops" in each["StackName"]}


def _in_service(client: Clients) -> int:
    pages = (
        client("sagemaker").get_paginator("list_endpoints").paginate(NameContains="shop", StatusEquals="InService")
    )
    return sum(len(page["Endpoints"]) for page in pages)


def test_waves_stop_at_a_broken_endpoint_and_go_on_when_it_is_mended(
    cdk: Cdk, client: Clients, emulator: RunningEmulator, tmp_path: Path
) -> None:
    done = cdk("bootstrap", "aws://123456789012/us-east-1")
    assert done.returncode == 0, done.stdout
    synthesized = cdk("synth", "--quiet", "--output", "out", program=_APP)
    assert synthesized.returncode == 0, synthesized.stdout
    stacks = _rows(tmp_path)
    second = next(name for name, told in stacks.items() if told["wave"] == 2)

    done = _deploy(cdk, BROKEN_ROW=next(iter(stacks[second]["rows"])))

    assert done.returncode == 1
    there = _statuses(client)
    assert {name for name, status in there.items() if status == "CREATE_COMPLETE"} == {
        name for name, told in stacks.items() if told["wave"] == 1
    }
    assert there[second] in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
    assert not [name for name, told in stacks.items() if told["wave"] == 3 and name in there]

    done = _deploy(cdk)
    assert done.returncode == 0, done.stdout
    assert {*_statuses(client).values()} == {"CREATE_COMPLETE"}
    assert _in_service(client) == 40
    report = [sys.executable, "-m", "sagemaker_constructs.fleet", "out", "--live", "--html", "fleet.html"]
    environment = {**emulator.environment({}), "PYTHONPATH": str(PROJECT / "constructs")}
    told = subprocess.run(report, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "ml.m5.large for endpoint usage, while a wave is updated" in told.stdout
    page = (tmp_path / "fleet.html").read_text()
    assert page.count('<td class="good">InService</td>') == 40

    done = _deploy(cdk, WITHOUT="shop-7")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("(no changes)") == len(stacks) - 1
    assert _in_service(client) == 39
