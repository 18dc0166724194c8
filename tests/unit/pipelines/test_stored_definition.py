"""Definitions that are too long for a template."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

import sagemaker_constructs as sm
from lambdas.definition.logic import filled_definition
from sagemaker_constructs.pipelines.stored_definition import LONGEST_INLINE

ROLE = "arn:aws:iam::123456789012:role/pipelines"


def _pipeline(stack: Stack, name: str, *, length: int, role: str) -> None:
    """A pipeline whose definition has about ``length`` characters, and the reference ``role`` in it."""
    words = ["${kept}", role, "x" * 3000]
    steps = [
        {"Name": f"Step{index}", "Type": "Fail", "Arguments": {"ErrorMessage": f"{words} {index}"}}
        for index in range(length // 3000)
    ]
    document: dict[str, Any] = {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps}
    given = iam.Role.from_role_arn(stack, f"{name}Role", ROLE)
    sm.Pipeline.from_definition(stack, name, definition=document, role=given)


def _definitions(stack: Stack) -> list[Any]:
    found = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    return [each["Properties"]["PipelineDefinition"] for each in found]


def test_a_definition_stands_in_the_template_as_long_as_it_fits(stack: Stack) -> None:
    _pipeline(stack, "Short", length=LONGEST_INLINE - 20_000, role=stack.stack_id)
    [definition] = _definitions(stack)
    assert definition.keys() == {"PipelineDefinitionBody"}
    Template.from_stack(stack).resource_count_is("AWS::S3::Bucket", 0)


def test_a_long_one_leaves_its_values_alone_in_the_template(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    stack = Stack(app, "Long")
    _pipeline(stack, "First", length=1_000_000, role=stack.stack_id)
    _pipeline(stack, "Second", length=900_000, role=stack.stack_id)
    app.synth()
    template = Template.from_stack(stack)
    assert len(json.dumps(template.to_json())) < 30_000
    template.resource_count_is("AWS::S3::Bucket", 1)
    stored = template.find_resources("Custom::SageMakerPipelineDefinition")
    assert len(stored) == 2
    assert {json.dumps(each) for each in _definitions(stack)} == {
        json.dumps({"PipelineDefinitionS3Location": {"Bucket": each["Properties"]["Bucket"], "Key": {"Ref": name}}})
        for name, each in stored.items()
    }
    assets = json.loads((tmp_path / "Long.assets.json").read_text())["files"].values()
    [first, second] = sorted(
        (
            Path(tmp_path / each["source"]["path"])
            for each in assets
            if each["displayName"] == "Definition of a pipeline"
        ),
        key=lambda path: -path.stat().st_size,
    )
    for file, steps in ((first, 333), (second, 300)):
        document = json.loads(filled_definition(file.read_text(), {"V0": "the-stack"}))
        assert len(document["Steps"]) == steps
        assert "'${kept}', 'the-stack'" in document["Steps"][0]["Arguments"]["ErrorMessage"]


def test_a_long_one_without_values_is_an_asset(tmp_path: Path) -> None:
    stack = Stack(App(outdir=str(tmp_path)), "Plain")
    _pipeline(stack, "Long", length=500_000, role="nobody")
    [definition] = _definitions(stack)
    assert definition.keys() == {"PipelineDefinitionS3Location"}
    Template.from_stack(stack).resource_count_is("Custom::SageMakerPipelineDefinition", 0)


def test_the_same_definition_has_the_same_template(tmp_path: Path) -> None:
    def synthesized(name: str) -> str:
        stack = Stack(App(outdir=str(tmp_path / name)), "Same")
        _pipeline(stack, "Long", length=500_000, role=stack.stack_id)
        return json.dumps(Template.from_stack(stack).to_json())

    assert synthesized("one") == synthesized("two")


def test_what_sagemaker_does_not_take_is_refused(stack: Stack) -> None:
    with pytest.raises(sm.InvalidInput, match="definition in characters must be between 1 and 1048576, got: 10"):
        _pipeline(stack, "TooLong", length=1_060_000, role=stack.stack_id)
