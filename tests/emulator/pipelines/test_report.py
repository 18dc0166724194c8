"""The pages about executions and live versions, from what the embedded AWS tells."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients
from harness.documents import PROJECT
from harness.pipeline_definitions import (
    Factory,
    condition,
    definition,
    fail,
    get,
    parameter,
    processing,
    reported,
    training,
)
from tools.report.approvals import moves
from tools.report.executions import Execution, executions
from tools.report.pages import write

HOSTILE = "<script>alert(1)</script>"


class Told:
    """The shared emulator, as an account."""

    def __init__(self, client: Clients) -> None:
        self._client = client

    def client(self, service: str, /) -> object:
        return self._client(service)


@pytest.fixture(scope="module")
def ran(factory: Factory, client: Clients, tabular_image: str, echo_image: str) -> Sequence[Execution]:
    """Two executions: a good one, and one whose model is too weak."""
    report = {"Std:Join": {"On": "", "Values": ['{"auc": {"value": ', get("Parameters.Auc"), "}}"]}}
    enough = {"Type": "GreaterThan", "LeftValue": reported("Evaluate", "auc.value"), "RightValue": 0.7}
    text = definition(
        training(
            "Train",
            echo_image,
            {"score": get("Parameters.Score")},
            CacheConfig={"Enabled": True, "ExpireAfter": "P1D"},
        ),
        processing("Evaluate", tabular_image, report, DependsOn=["Train"]),
        condition("Good", enough, then=[fail("Never", "x")], otherwise=[fail("Weak", HOSTILE)]),
        parameters=[parameter("Score", "String", "0.5"), parameter("Auc", "Float", 0.6)],
    )
    factory.create("told", text)
    factory.run("told", {"Score": "0.8"})
    factory.run("told", {"Score": "0.8", "Auc": "0.65"})
    return executions(Told(client), "told")


def test_an_execution_has_parameters_steps_and_numbers(ran: Sequence[Execution]) -> None:
    newest, first = ran
    assert newest.began > first.began
    assert (newest.status, newest.reason) == ("Failed", "Step failure: One or multiple steps failed.")
    assert newest.parameters == {"Score": "0.8", "Auc": "0.65"}
    assert [step.name for step in newest.steps] == ["Train", "Evaluate", "Good", "Weak"]
    assert [step.cached for step in newest.steps] == [True, False, False, False]
    assert newest.metrics == {"Train score": 0.8, "Evaluate auc": 0.65}
    assert first.metrics == {"Train score": 0.8, "Evaluate auc": 0.6}


def test_its_page_compares_it_with_earlier_ones(ran: Sequence[Execution], tmp_path: Path) -> None:
    index = write(tmp_path, ran, []).read_text()
    assert [f'href="{each.id}.html"' in index for each in ran] == [True, True]
    assert "No version has been live." in index
    page = (tmp_path / f"{ran[0].id}.html").read_text()
    assert page.count("<svg") == page.count("</svg>") == 1
    assert "from the cache" in page
    assert '<td class="number own">0.65</td><td class="number">0.6</td>' in page
    # Nothing of an execution is run by who looks at it, and nothing is asked of elsewhere.
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'src="' not in page
    assert "<link" not in page


@pytest.fixture(scope="module")
def table(client: Clients) -> Iterator[str]:
    """A table as the approval function keeps it."""
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="told",
        KeySchema=[{"AttributeName": "Stage", "KeyType": "HASH"}, {"AttributeName": "Entry", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("Stage", "Entry")],
        BillingMode="PAY_PER_REQUEST",
    )
    package = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/"
    for number, state in ((1, "deployed"), (2, "failed")):
        item = {
            "Stage": "live",
            "Entry": f"move#{number:08d}",
            "Package": f"{package}{number}",
            "State": state,
            "At": f"2026-01-0{number}T00:00:00+00:00",
            "Action": "approved",
            "Outcome": "the alarm rang" if state == "failed" else "",
        }
        written = {**{name: {"S": value} for name, value in item.items()}, "Number": {"N": str(number)}}
        dynamodb.put_item(TableName="told", Item=written)
    dynamodb.put_item(TableName="told", Item={"Stage": {"S": "live"}, "Entry": {"S": "live"}})
    yield "told"
    dynamodb.delete_table(TableName="told")


def test_the_versions_that_were_live_are_listed(client: Clients, table: str, tmp_path: Path) -> None:
    found = moves(Told(client), table)
    assert [(move.version, move.state, move.outcome) for move in found] == [
        ("churn/2", "failed", "the alarm rang"),
        ("churn/1", "deployed", ""),
    ]
    index = write(tmp_path, [], found).read_text()
    assert "the alarm rang" in index
    assert "No pipeline has run." in index


def test_the_command_says_what_the_account_refuses(tmp_path: Path, emulator: RunningEmulator) -> None:
    command = [sys.executable, "-m", "tools.report", tmp_path, "--pipeline", "nowhere"]
    environment = emulator.environment(os.environ)
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ResourceNotFound" in done.stderr
