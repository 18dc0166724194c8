"""``python -m sagemaker_constructs.plan`` between two folders that anybody has synthesized."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.documents import PROJECT
from sagemaker_constructs.plan.report.command import main

_BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "churn-before"}}
_MODEL = {"Type": "AWS::SageMaker::Model", "Properties": {"PrimaryContainer": {"Image": "a:1"}}}
_CONFIG = {
    "Type": "AWS::SageMaker::EndpointConfig",
    "Properties": {
        "ProductionVariants": [
            {
                "VariantName": "A",
                "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                "InstanceType": "ml.c5.large",
                "InitialInstanceCount": 2,
            }
        ]
    },
}
_BEFORE = {"Data": _BUCKET, "Model": _MODEL, "Config": _CONFIG}


def _assembly(folder: Path, resources: Mapping[str, Any]) -> str:
    folder.mkdir()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": {"templateFile": "Churn.template.json", "stackName": "churn"},
        "displayName": "Churn",
    }
    (folder / "Churn.template.json").write_text(json.dumps({"Resources": resources}))
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {"Churn": stack}}))
    return str(folder)


@pytest.fixture
def before(tmp_path: Path) -> str:
    return _assembly(tmp_path / "before", _BEFORE)


@pytest.fixture
def after(tmp_path: Path) -> str:
    changed = json.loads(json.dumps(_BEFORE))
    changed["Data"]["Properties"]["BucketName"] = "churn-after"
    changed["Config"]["Properties"]["ProductionVariants"][0]["InitialInstanceCount"] = 4
    return _assembly(tmp_path / "after", changed)


def test_the_gravest_comes_first_and_the_numbers_last(
    before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([after, "--against", before]) == 0
    said = capsys.readouterr().out
    assert said.index("Data at risk") < said.index("Resources") < said.index("Costs in a month")
    assert "lost        churn/Data: replaced for BucketName: objects go with the old one" in said
    assert "+148.92" in said
    assert said.rstrip().splitlines()[-1] == "2 to replace"


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ("replacement-of-data", 1),
        ("replacement", 1),
        ("data-loss", 1),
        ("iam-widening,refused,interruption", 0),
        ("cost-above=100", 1),
        ("cost-above=1000", 0),
        ("cost-increase-above=100", 1),
        ("cost-increase-above=200", 0),
    ],
)
def test_it_fails_on_what_it_is_told_to(limits: str, status: int, before: str, after: str) -> None:
    assert main([after, "--against", before, "--fail-on", limits]) == status


def test_the_same_is_nothing(before: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([before, "--against", before, "--fail-on", "replacement"]) == 0
    assert capsys.readouterr().out == "Nothing changes\n"


def test_markdown_is_for_a_pull_request(before: str, after: str, tmp_path: Path) -> None:
    written = tmp_path / "plan.md"
    arguments = ["--format", "markdown", "--output", str(written), "--fail-on", "data-loss"]
    assert main([after, "--against", before, *arguments]) == 1
    text = written.read_text()
    assert "**2 to replace**" in text
    assert "> ❌ fails on data-loss: 1" in text
    assert "| lost | churn/Data | replaced for BucketName: objects go with the old one |" in text
    assert "<details><summary>Resources</summary>" in text


def test_json_has_it_all(before: str, after: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([after, "--against", before, "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert {each["logical_id"]: each["action"] for each in document["changes"]} == {
        "Data": "replace",
        "Config": "replace",
    }
    assert document["data"][0]["kind"] == "lost"
    assert document["costs"]["increase"] == "148.92"


@pytest.mark.parametrize("arguments", [["nowhere"], ["{}", "--against", "{}", "--fail-on", "everything"]])
def test_what_cannot_be_done_is_said(arguments: list[str], before: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([before if each == "{}" else each for each in arguments]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def _with_asset(folder: Path, name: str, content: str) -> str:
    """An assembly with a model's image in a folder of its own, under a hash that is given."""
    model = {"Type": "AWS::SageMaker::Model", "Properties": {"PrimaryContainer": {"Image": f"assets:{name * 64}"}}}
    _assembly(folder, {"Model": model})
    (folder / "image").mkdir()
    (folder / "image" / "Dockerfile").write_text(content)
    assets = {"dockerImages": {name * 64: {"source": {"directory": "image"}}}}
    (folder / "Churn.assets.json").write_text(json.dumps(assets))
    return str(folder)


@pytest.mark.parametrize(("content", "said"), [("FROM a\n", "Nothing changes"), ("FROM b\n", "1 to replace")])
def test_a_hash_counts_by_what_it_is_of(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = _with_asset(tmp_path / "old", "a", "FROM a\n")
    new = _with_asset(tmp_path / "new", "b", content)
    assert main([new, "--against", old]) == 0
    assert capsys.readouterr().out.rstrip().endswith(said)


def test_it_needs_neither_the_cdk_nor_node(before: str, after: str) -> None:
    program = (
        "import sys, runpy; sys.modules['aws_cdk'] = sys.modules['constructs'] = sys.modules['jsii'] = None;"
        f"sys.argv = ['plan', {after!r}, '--against', {before!r}];"
        "runpy.run_module('sagemaker_constructs.plan', run_name='__main__')"
    )
    environment = {"PATH": "", "PYTHONPATH": str(PROJECT / "constructs")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["2 to replace"]), done.stderr
