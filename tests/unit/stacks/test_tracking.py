"""What the section `tracking` deploys, and what it refuses."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.settings import SettingsError, load_settings
from stacks.stage import Platform

SHORTEST = """\
platform: ml-platform
environment: dev
region: us-east-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving:
  image: containers/tabular
  serverless: {}
"""


def _templates(tmp_path: Path, text: str) -> dict[str, Template]:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{text}")
    platform = Platform(cdk.App(outdir=str(tmp_path / "cdk.out")), "dev", settings=load_settings(file))
    stacks = [child for child in platform.node.children if isinstance(child, cdk.Stack)]
    return {stack.node.id: Template.from_stack(stack) for stack in stacks}


def _trained(templates: dict[str, Template]) -> str:
    [job] = templates["training"].find_resources("Custom::SageMakerTrainingJob").values()
    return str(job["Properties"]["Request"])


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("tracking: {}\n", "AWS::SageMaker::MlflowApp"),
        ("tracking: {kind: server}\n", "AWS::SageMaker::MlflowTrackingServer"),
    ],
)
def test_an_mlflow_is_there_before_the_training_and_retained(tmp_path: Path, text: str, type_: str) -> None:
    templates = _templates(tmp_path, text)
    assert list(templates) == ["foundation", "tracking", "training", "serverless"]
    templates["tracking"].has_resource(type_, {"DeletionPolicy": "RetainExceptOnCreate"})
    assert "MLFLOW_TRACKING_URI" not in _trained(templates)
    assert '"EnableNetworkIsolation":true' in _trained(templates)


def test_without_retention_it_goes_with_its_stack(tmp_path: Path) -> None:
    templates = _templates(tmp_path, "data: {retain: false}\ntracking: {}\n")
    templates["tracking"].has_resource("AWS::SageMaker::MlflowApp", {"DeletionPolicy": "Delete"})


@pytest.mark.parametrize(
    "text",
    [
        "network: {mode: none}\ntracking: {trainings: true}\n",
        "network: {mode: isolated, services: [SageMakerExperiments]}\ntracking: {kind: server, trainings: true}\n",
    ],
)
def test_trainings_are_tracked_where_they_can_be(tmp_path: Path, text: str) -> None:
    request = _trained(_templates(tmp_path, text))
    assert "MLFLOW_TRACKING_URI" in request
    assert '"EnableNetworkIsolation":false' in request


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tracking: {trainings: true}\n", "needs a network with a way to the app, got: network.mode isolated"),
        (
            "tracking: {kind: server, trainings: true}\n",
            "needs SageMakerExperiments in network.services, got: none",
        ),
    ],
)
def test_an_mlflow_that_cannot_be_reached_is_refused(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(SettingsError, match=f"dev.yaml:8: tracking.trainings: {line}"):
        _templates(tmp_path, text)
