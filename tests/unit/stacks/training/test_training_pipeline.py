"""What the sections `registry` and `training_pipeline` deploy together, and what they refuse."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.settings import PlatformSettings, SettingsError, load_settings
from stacks.stage import Platform

SHORTEST = """\
platform: ml-platform
environment: dev
region: eu-central-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  real_time:
    model: {mode: approved}
    variants: [{instance_type: ml.m5.large, instances: {minimum: 1, maximum: 1}}]
"""
PIPELINE = """\
training_pipeline:
  label: churned
  minimum_auc: 0.9
  ranges: [{name: num_leaves, kind: integer, minimum: 4, maximum: 63}]
"""


def _load(tmp_path: Path, more: str) -> PlatformSettings:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{more}")
    return load_settings(file)


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, cdk.Stack]:
    folder = tmp_path_factory.mktemp("platform")
    settings = _load(folder, f"registry: {{stage: Production}}\n{PIPELINE}")
    platform = Platform(cdk.App(outdir=str(folder / "cdk.out")), "dev", settings=settings)
    return {child.node.id: child for child in platform.node.children if isinstance(child, cdk.Stack)}


def _resources(stack: cdk.Stack, kind: str) -> list[Any]:
    return [each["Properties"] for each in Template.from_stack(stack).find_resources(kind).values()]


def test_an_approval_updates_the_real_time_endpoint(stacks: dict[str, cdk.Stack]) -> None:
    names = {each["Name"] for each in _resources(stacks["registry"], "AWS::SSM::Parameter")}
    assert names == {"/ml-platform/dev/approved-model", "/ml-platform/dev/model-package-group"}
    [function] = _resources(stacks["registry"], "AWS::Lambda::Function")
    variables = function["Environment"]["Variables"]
    assert (variables["STACKS"], variables["STAGE"]) == ('["ml-platform-dev-real-time"]', "Production")
    parameters = Template.from_stack(stacks["real-time"]).to_json()["Parameters"].values()
    assert "/ml-platform/dev/approved-model" in [each.get("Default") for each in parameters]
    assert stacks["registry"] in stacks["real-time"].dependencies


def test_the_pipeline_registers_in_the_group_of_the_registry(stacks: dict[str, cdk.Stack]) -> None:
    [pipeline] = _resources(stacks["training-pipeline"], "AWS::SageMaker::Pipeline")
    body = json.dumps(pipeline["PipelineDefinition"])
    for step in ("Prepare", "Search", "Evaluate", "GoodEnough", "Register", "TooWeak"):
        assert step in body
    parameters = Template.from_stack(stacks["training-pipeline"]).to_json()["Parameters"].values()
    assert "/ml-platform/dev/model-package-group" in [each.get("Default") for each in parameters]
    assert stacks["registry"] in stacks["training-pipeline"].dependencies


def test_a_version_says_what_it_is_for_and_how_it_was_trained(stacks: dict[str, cdk.Stack]) -> None:
    body = json.dumps(_resources(stacks["training-pipeline"], "AWS::SageMaker::Pipeline"))
    assert "Predicts churned for rows such as those in the folder training-rows" in body
    for told in ("BestTrainingJob.TrainingJobArn", "BestTrainingJob.TunedHyperParameters['num_leaves']"):
        assert f"Steps.Search.{told}" in body
    assert "ModelCardContent" in body


def test_what_starts_the_pipeline_makes_it_look_at_the_rows_again(tmp_path: Path) -> None:
    triggers = "  triggers: {schedule: {when: 'rate(7 days)', time_zone: Europe/Berlin}, new_data: {}}\n"
    settings = _load(tmp_path, f"registry: {{}}\n{PIPELINE}{triggers}")
    platform = Platform(cdk.App(outdir=str(tmp_path / "cdk.out")), "dev", settings=settings)
    stack = next(child for child in platform.node.children if child.node.id == "training-pipeline")
    assert isinstance(stack, cdk.Stack)
    body = json.dumps(_resources(stack, "AWS::SageMaker::Pipeline"))
    assert body.count("Parameters.DataVersion") == 1
    [schedule] = _resources(stack, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    [rule] = _resources(stack, "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"wildcard": "training-rows/*.csv"}]
    assert "DataVersion" in json.dumps([rule["Targets"], schedule["Target"]["Input"]])
    [alarm] = _resources(stack, "AWS::CloudWatch::Alarm")
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (PIPELINE, "training_pipeline: needs a section registry, got: none"),
        (PIPELINE, "serving.real_time.model.mode: needs a section registry, got: none"),
        (
            f"registry: {{}}\n{PIPELINE}  hyperparameters: {{num_leaves: 31}}\n",
            "training_pipeline.ranges[0].name: must not be among hyperparameters as well, got: num_leaves",
        ),
        (f"registry: {{}}\n{PIPELINE}  data: /rows\n", "training_pipeline.data"),
        ("registry: {stage: ''}\n", "registry.stage"),
        (
            f"registry: {{}}\n{PIPELINE}  triggers: {{}}\n",
            "training_pipeline.triggers: needs schedule or new_data, got: neither",
        ),
        (
            f"registry: {{}}\n{PIPELINE}  triggers: {{schedule: {{when: daily}}}}\n",
            "training_pipeline.triggers.schedule.when",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(tmp_path: Path, more: str, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, more)
    assert any(line in str(each) for each in refused.value.lines), refused.value.lines


def test_a_platform_whose_parameters_would_be_reserved_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}registry: {{}}\n".replace("ml-platform", "aws-platform"))
    with pytest.raises(SettingsError, match="platform: is refused by AWS: The name of a parameter"):
        load_settings(file)
