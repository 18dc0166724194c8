"""``python -m sagemaker_constructs.policy`` on what anybody has synthesized."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.documents import PROJECT
from harness.policy.hardened import RESOURCES, TEMPLATE
from sagemaker_constructs.policy.report.command import main

_BROKEN: dict[str, Any] = {"Resources": {"Notebook": {"Type": "AWS::SageMaker::NotebookInstance", "Properties": {}}}}


def _assembly(folder: Path, template: dict[str, Any], metadata: dict[str, Any] | None = None) -> Path:
    """What ``cdk synth`` writes, of one stack."""
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": {"templateFile": "Research.template.json", "stackName": "research"},
        "displayName": "Research",
        "metadata": metadata or {},
    }
    folder.mkdir()
    (folder / "Research.template.json").write_text(json.dumps(template))
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {"Research": stack}}))
    return folder


def test_it_runs_without_the_cdk_and_without_node(tmp_path: Path) -> None:
    folder = _assembly(tmp_path / "cdk.out", _BROKEN)
    program = (
        "import sys, runpy; sys.modules['aws_cdk'] = sys.modules['jsii'] = None;"
        f"sys.argv = ['policy', {str(folder)!r}];"
        "runpy.run_module('sagemaker_constructs.policy', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={"PATH": "", "PYTHONPATH": str(PROJECT / "constructs")},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "research/Notebook  (AWS::SageMaker::NotebookInstance)" in done.stdout
    assert "error SageMaker.1: DirectInternetAccess: " in done.stdout
    assert done.stdout.splitlines()[-1] == "6 errors, 0 warnings, 0 accepted"


def test_what_is_right_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(_assembly(tmp_path / "cdk.out", dict(TEMPLATE)))]) == 0
    assert capsys.readouterr().out == "0 errors, 0 warnings, 0 accepted\n"


def test_warnings_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(_assembly(tmp_path / "cdk.out", _BROKEN)), "--level", "dev"]) == 0
    assert "0 errors, 6 warnings" in capsys.readouterr().out


def test_a_template_alone_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notebook.json"
    path.write_text(json.dumps(_BROKEN))
    assert main([str(path), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {each["stack"] for each in found} == {"notebook"}
    assert found[0].keys() >= {"rule", "severity", "statement", "fix", "page", "construct", "property_path", "got"}


def test_sarif_has_rules_places_and_what_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accepted = {
        "/Research": [{"type": "aws:cdk:acknowledged-rules", "data": {"SageMaker::SageMaker.1": "A sandbox."}}]
    }
    template = json.loads(json.dumps(_BROKEN))
    template["Resources"]["Notebook"]["Metadata"] = {"aws:cdk:path": "Research/Notebook/Resource"}
    folder = _assembly(tmp_path / "cdk.out", template, accepted)
    written = tmp_path / "findings.sarif"
    assert main([str(folder), "--format", "sarif", "--output", str(written)]) == 1
    assert capsys.readouterr().out == "5 errors, 0 warnings, 1 accepted\n"
    log = json.loads(written.read_text())
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        [place] = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("Research.template.json")
        assert place["logicalLocations"][0]["fullyQualifiedName"].startswith("Research/Notebook/")
    suppressed = {each["ruleId"]: each["suppressions"] for each in run["results"] if "suppressions" in each}
    assert suppressed == {"SageMaker.1": [{"kind": "inSource", "justification": "A sandbox."}]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere"], "nowhere"), (["{}", "--opt-in", "SageMaker.26"], "did you mean SageMaker.")],
)
def test_what_cannot_be_judged_is_said(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(_assembly(tmp_path / "cdk.out", _BROKEN))
    assert main([folder if each == "{}" else each for each in arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_condition_hides_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = json.loads(json.dumps(RESOURCES["Scorer"]))
    model["Properties"]["EnableNetworkIsolation"] = {"Fn::If": ["Strict", True, {"Ref": "AWS::NoValue"}]}
    template = {"Conditions": {"Strict": {"Fn::Equals": ["a", "b"]}}, "Resources": {**RESOURCES, "Scorer": model}}
    assert main([str(_assembly(tmp_path / "cdk.out", template))]) == 1
    assert "SageMaker.5" in capsys.readouterr().out


def test_a_default_of_a_parameter_is_what_is_deployed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads(json.dumps(RESOURCES["Notebook"]))
    notebook["Properties"]["RootAccess"] = {"Ref": "Root"}
    template = {
        "Parameters": {"Root": {"Type": "String", "Default": "Enabled"}},
        "Resources": {**RESOURCES, "Notebook": notebook},
    }
    assert main([str(_assembly(tmp_path / "cdk.out", template))]) == 1
    assert "SageMaker.3" in capsys.readouterr().out


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rules"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert any(line.startswith("SageMaker.16 ") and "on request" in line for line in listed)
    assert len(listed) > 60
