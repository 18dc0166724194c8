"""Pictures of stacks and pipelines: what a person finds in them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.documents import PROJECT
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading
from tools.graph.assembly import flat
from tools.graph.drawing import draw
from tools.graph.pipeline_graph import StepState, pipeline_graph

TEMPLATES = PROJECT / "tests" / "snapshot" / "templates"
SVG = "{http://www.w3.org/2000/svg}"
EVALUATED = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Metrics"}, "Path": "metrics.auc"}}
DEFINITION: dict[str, Any] = {
    "Parameters": [{"Name": "MinimumAuc", "Type": "Float", "DefaultValue": 0.9}],
    "Steps": [
        {
            "Name": "Train",
            "Type": "Training",
            "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
            "RetryPolicies": [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "MaxAttempts": 5}],
            "Arguments": {"HyperParameters": {"auc": {"Get": "Parameters.MinimumAuc"}}},
        },
        {
            "Name": "Evaluate",
            "Type": "Processing",
            "Arguments": {"Model": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}},
        },
        {"Name": "Tell", "Type": "Lambda", "DependsOn": [{"Step": "Train", "Trigger": "Failed"}], "Arguments": {}},
        {
            "Name": "GoodEnough",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "Not",
                        "Condition": {
                            "Type": "LessThan",
                            "LeftValue": EVALUATED,
                            "RightValue": {"Get": "Parameters.MinimumAuc"},
                        },
                    }
                ],
                "IfSteps": [
                    {
                        "Name": "Each",
                        "Type": "ForEach",
                        "Arguments": {
                            "IterableItems": ["a", "b"],
                            "ForEachBody": {"Name": "Score", "Type": "Transform", "Arguments": {}},
                        },
                    }
                ],
                "ElseSteps": [{"Name": "TooWeak", "Type": "Fail", "Arguments": {"ErrorMessage": "weak"}}],
            },
        },
    ],
}


def texts(picture: str) -> list[list[str]]:
    """The lines of each node and of each arrow, whose own title comes first."""
    root = ElementTree.fromstring(picture.encode())
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") in ("node", "edge")]
    return [[part.text.strip() for part in group.iter() if part.text and part.text.strip()] for group in groups]


@pytest.fixture(scope="module")
def drawn() -> list[list[str]]:
    return texts(draw({"it": pipeline_graph("it", PipelineReading(DEFINITION))})["it"])


@pytest.mark.parametrize(
    "shown",
    [
        ["Train", "Training", "cached for P30D", "retries 5 times: SageMaker.CAPACITY_ERROR", "uses MinimumAuc"],
        ["GoodEnough", "Condition", "not (Evaluate auc < MinimumAuc)"],
        ["Each", "ForEach", "for each of a, b"],
        ["Train->Evaluate", "S3ModelArtifacts"],
        ["Train->Tell", "failed"],
        ["Evaluate->GoodEnough", "Metrics"],
        ["GoodEnough->Each", "true"],
        ["GoodEnough->TooWeak", "false"],
        ["Each->Score", "each"],
    ],
    ids=lambda shown: shown[0],
)
def test_a_pipeline_shows_types_flow_cache_and_retries(drawn: list[list[str]], shown: list[str]) -> None:
    found = next(lines for lines in drawn if lines[0] == shown[0])
    assert found[-len(shown[1:]) :] == shown[1:]


def test_an_execution_colours_what_has_run(drawn: list[list[str]]) -> None:
    states = {"Train": StepState("Succeeded", "cache hit"), "Evaluate": StepState("Failed", "after 12 s")}
    picture = draw({"it": pipeline_graph("it", PipelineReading(DEFINITION), states)})["it"]
    lines = {each[0]: each for each in texts(picture)}
    assert lines["Train"][-1] == "Succeeded cache hit"
    assert lines["Evaluate"][-1] == "Failed after 12 s"
    assert lines["Tell"] == next(each for each in drawn if each[0] == "Tell")
    filled = {
        str(group.findtext(f"{SVG}title")): next(group.iter(f"{SVG}path")).get("fill")
        for group in ElementTree.fromstring(picture.encode()).iter(f"{SVG}g")
        if group.get("class") == "node" and next(group.iter(f"{SVG}path"), None) is not None
    }
    assert len({filled["Train"], filled["Evaluate"], filled["Tell"]}) == 3


def test_the_stacks_and_pipelines_of_an_assembly_are_drawn(tmp_path: Path) -> None:
    stacks = {"foundation": [], "training": ["foundation"], "training-pipeline": ["foundation", "training"]}
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": str(TEMPLATES / f"dev-{name}.json"), "stackName": f"the-{name}"},
            "dependencies": after,
        }
        for name, after in stacks.items()
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    command = [sys.executable, "-m", "tools.graph", tmp_path, tmp_path / "graphs"]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()
    assert [Path(line).exists() for line in told] == [True, True]
    shown = {lines[0]: lines for lines in texts((tmp_path / "graphs" / "stacks.svg").read_text())}
    assert shown["training-pipeline"][1:3] == ["the-training-pipeline", "1 SageMaker Model"]
    # What follows from other arrows is left out.
    assert [name for name in shown if "->" in name] == ["foundation->training", "training->training-pipeline"]
    pipeline = texts(Path(told[1]).read_text())
    assert {lines[0] for lines in pipeline} >= {"Prepare", "Search", "GoodEnough", "Evaluate->GoodEnough"}


def graphs_of(folder: Path, resources: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    (folder / "t.json").write_text(json.dumps({"Resources": resources}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "t.json", "stackName": "the-stack"}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"stack": stack}}))
    command = [sys.executable, "-m", "tools.graph", folder, folder / "graphs"]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def stored(key: object) -> dict[str, Any]:
    place = {"PipelineDefinitionS3Location": {"Bucket": "b", "Key": key}}
    return {"Type": "AWS::SageMaker::Pipeline", "Properties": {"PipelineName": "it", "PipelineDefinition": place}}


def test_a_definition_that_is_too_long_for_a_template_is_read_from_its_asset(tmp_path: Path) -> None:
    (tmp_path / "asset.abc.json").write_text(json.dumps(DEFINITION).replace("weak", "${V0}"))
    values = {"SourceBucket": "assets", "SourceKey": "abc.json", "Values": {"V0": {"Ref": "Bucket"}}}
    resources = {
        "Stored": {"Type": "Custom::SageMakerPipelineDefinition", "Properties": values},
        "It": stored({"Ref": "Stored"}),
    }
    assert graphs_of(tmp_path, resources).returncode == 0
    assert ["GoodEnough->TooWeak", "false"] in texts((tmp_path / "graphs" / "it.svg").read_text())


def test_a_definition_from_elsewhere_is_said(tmp_path: Path) -> None:
    done = graphs_of(tmp_path, {"It": stored("definition.json")})
    assert (done.returncode, done.stderr) == (1, "the-stack.It: its definition is not in what was synthesized\n")


def test_references_of_a_template_stand_as_their_names() -> None:
    text = {"Fn::Sub": ["${A}/${!B}/${AWS::Region}/${It.Arn}", {"A": {"Fn::Join": ["-", ["x", {"Ref": "Y"}]]}}]}
    assert flat(text) == "x-Y/${B}/Region/It"
    assert flat({"Fn::GetAtt": ["Bucket", "Arn"]}) == "Bucket"
    assert flat({"Fn::ImportValue": "x"}) == "ImportValue"
