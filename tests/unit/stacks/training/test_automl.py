"""What the section `automl` deploys with each engine, and what it refuses."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from stacks.settings import PlatformSettings, SettingsError, load_settings
from stacks.stage import Platform
from stacks.training.trained_model import PREFIX

SHORTEST = """\
platform: ml-platform
environment: dev
region: eu-central-1
training: {image: containers/tabular, instance_type: ml.m5.large}
serving: {image: containers/tabular, serverless: {}}
"""
READ_BY_A_WINNER = (
    "MODEL_NAME",
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
    "SAGEMAKER_INFERENCE_OUTPUT",
    "SAGEMAKER_INFERENCE_SUPPORTED",
    "SAGEMAKER_PROGRAM",
    "SAGEMAKER_SUBMIT_DIRECTORY",
)


def _load(tmp_path: Path, automl: str, registry: str = "registry: {}\n") -> PlatformSettings:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{registry}automl: {automl}\n")
    return load_settings(file)


def _definition(tmp_path: Path, automl: str) -> str:
    platform = Platform(cdk.App(outdir=str(tmp_path / "cdk.out")), "dev", settings=_load(tmp_path, automl))
    [stack] = [each for each in platform.node.children if isinstance(each, cdk.Stack) and each.node.id == "automl"]
    assert [each.node.id for each in stack.dependencies if each.node.id == "registry"]
    [pipeline] = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    return json.dumps(pipeline["Properties"]["PipelineDefinition"]).replace("\\", "")


def test_the_open_engine_searches_by_the_image_of_the_platform_and_registers(tmp_path: Path) -> None:
    given = "{label: churned, kind: binary, metric: f1, maximum_candidates: 7, maximum_minutes: 20}"
    definition = _definition(tmp_path, given)
    for told in (
        '"Type":"Training"',
        '"label":"churned"',
        '"objective":"binary"',
        '"metric":"f1"',
        '"max_candidates":"7"',
        '"MaxRuntimeInSeconds":1200',
        "/automl-rows",
        '"ModelDataUrl":{"Get":"Steps.Search.ModelArtifacts.S3ModelArtifacts"}',
        '"ModelApprovalStatus":"PendingManualApproval"',
        "Predicts churned for rows such as those in the folder automl-rows",
    ):
        assert told in definition, told


@pytest.mark.parametrize("engine", ["open", "autopilot"])
def test_the_winner_lies_where_the_endpoint_of_what_is_approved_may_read(tmp_path: Path, engine: str) -> None:
    """Its role reads one folder of the bucket, whatever the version is."""
    definition = _definition(tmp_path, f"{{engine: {engine}, label: churned}}")
    assert f'/{PREFIX}/automl"' in definition


def test_autopilot_searches_and_its_winner_is_registered_as_it_is_served(tmp_path: Path) -> None:
    definition = _definition(tmp_path, "{engine: autopilot, label: churned, kind: regression, metric: rmse}")
    winner = "Steps.Search.BestCandidate.InferenceContainers[0]"
    for told in (
        '"Type":"AutoML"',
        '"ProblemType":"Regression"',
        '"MetricName":"RMSE"',
        '"Mode":"ENSEMBLING"',
        f'"Image":{{"Get":"{winner}.Image"}}',
        f'"ModelDataUrl":{{"Get":"{winner}.ModelDataUrl"}}',
        '"SupportedContentTypes":["text/csv"]',
        *(f"{winner}.Environment['{name}']" for name in READ_BY_A_WINNER),
    ):
        assert told in definition, told


@pytest.mark.parametrize(
    ("engine", "mode", "refused"),
    [("autopilot", "approved", True), ("autopilot", "trained", False), ("open", "approved", False)],
)
def test_an_image_that_the_endpoint_cannot_pull_is_refused(
    tmp_path: Path, engine: str, mode: str, refused: bool
) -> None:
    variant = "{name: Champion, instance_type: ml.m5.large, instances: {minimum: 1, maximum: 1}}"
    real_time = f"real_time: {{variants: [{variant}], model: {{mode: {mode}}}}}"
    file = tmp_path / "dev.yaml"
    file.write_text(
        SHORTEST.replace("serverless: {}", real_time) + f"registry: {{}}\nautoml: {{engine: {engine}, label: a}}\n"
    )
    if not refused:
        assert load_settings(file).follows_approval is (mode == "approved")
        return
    with pytest.raises(SettingsError) as lines:
        load_settings(file)
    [line] = str(lines.value).splitlines()
    assert line == (
        f"{file}:7: automl.engine: must be open while serving.real_time.model.mode is approved: that endpoint pulls"
        " serving.image only, got: autopilot"
    )


@pytest.mark.parametrize(
    ("automl", "registry", "line"),
    [
        ("{label: a}", "", "automl: needs a section registry, got: none"),
        (
            "{engine: autopilot, label: a, metric: rmse}",
            "registry: {}\n",
            "automl.kind: must be given together with metric for autopilot, got: none",
        ),
        (
            "{engine: autopilot, label: a, kind: binary}",
            "registry: {}\n",
            "automl.metric: must be given together with kind for autopilot, got: none",
        ),
        ("{label: a, maximum_candidates: 751}", "registry: {}\n", "automl.maximum_candidates"),
        ("{}", "registry: {}\n", "automl.label"),
    ],
)
def test_what_cannot_be_searched_is_one_line(tmp_path: Path, automl: str, registry: str, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, automl, registry)
    assert line in str(refused.value)
