"""The command, run as a person runs it."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sagemaker_constructs.cost.report.command import main


class _Addresses(HTMLParser):
    """What a page would fetch, run or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    variant = {"VariantName": "Live", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
    resources: dict[str, Any] = {
        "Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {"ProductionVariants": [variant]},
            "Metadata": {"aws:cdk:path": "app/<b>Live</b>/Config/Resource"},
        },
        "Files": {"Type": "AWS::S3::Bucket"},
        "Board": {"Type": "AWS::CloudWatch::Dashboard"},
    }
    (tmp_path / "a.json").write_text(json.dumps({"Resources": resources}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json", "stackName": "app"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"a": stack}}))
    return tmp_path


def test_the_table_says_what_is_known_and_what_is_not(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(assembly)]) == 0
    told = capsys.readouterr().out
    row = next(line for line in told.splitlines() if line.startswith("instance-hours of ml.m5.large"))
    assert row.split()[3:] == ["1,460", "1,460", "1,460", "0.115", "167.90", "167.90", "167.90"]
    assert "sum of what has a price" in told
    assert "No sum has these, whose price is not known here: dashboards." in told
    assert all(len(line) <= 120 for line in told.splitlines())


def test_over_the_limit_it_fails(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(assembly), "--limit", "168"]) == 0
    assert main(["estimate", str(assembly), "--limit", "167.5"]) == 1
    assert capsys.readouterr().err == "error: 167.90 USD a month are expected, which is over the limit of 167.5\n"


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(
    assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, whole = assembly / "cost.html", assembly / "cost.json"
    changes = ("--savings-plan", "0.3", "--scale-to-zero", "0.5", "--instance-type", "ml.m5.large=ml.c5.large")
    drawn = ("--break-even", "ml.m5.large", "2", "120", "--one-endpoint", "--spot")
    assert main(["estimate", str(assembly), "--html", str(page), "--json", str(whole), *changes, *drawn]) == 0
    read = _Addresses()
    read.feed(page.read_text())
    assert not read.found
    assert "script" not in read.tags
    assert "&lt;b&gt;Live&lt;/b&gt;" in page.read_text()
    assert "From 17,489,583 requests a month on" in page.read_text()
    assert json.loads(whole.read_text())["usd"] == {"least": "167.90", "expected": "167.90", "most": "167.90"}
    assert "a Savings Plan of 30%: 117.53 / 117.53 / 117.53 USD" in capsys.readouterr().out


def test_use_is_read_from_a_file(assembly: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (assembly / "use.json").write_text(json.dumps({"app/Files": {"gigabytes": 100}}))
    assert main(["estimate", str(assembly), "--use", str(assembly / "use.json"), "--limit", "170"]) == 1
    assert "170.20 USD a month are expected" in capsys.readouterr().err


def test_what_is_wrong_is_one_line(assembly: Path) -> None:
    command = [sys.executable, "-m", "sagemaker_constructs.cost", "estimate"]
    for more, said in (
        ((str(assembly / "none"),), "No such file or directory"),
        ((str(assembly), "--instance-type", "ml.m5.large"), "--instance-type must be OLD=NEW, got: ml.m5.large"),
        ((str(assembly), "--region", "mars-1"), "there is no price list of 'mars-1'"),
    ):
        done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert line.startswith("error: ")
        assert said in line


def test_serverless_is_compared_with_instances(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--instance-type", "ml.m5.large", "--instances", "2", "--memory", "2", "--milliseconds", "120")
    assert main(["break-even", *arguments]) == 0
    told = (
        "From 34,979,167 requests a month on, 2 ml.m5.large costs less than serverless of 2 GB: 167.90 USD a month.\n"
    )
    assert capsys.readouterr().out == told
