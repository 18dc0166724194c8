"""Each example app synthesizes as it is."""

from pathlib import Path

import pytest

from harness.documents import PROJECT, links
from harness.synthesized_apps import synthesize, types

EXAMPLES = PROJECT / "examples"
DEPLOYED = {
    "notebook_to_production": ["AWS::SageMaker::Pipeline"],
    "real_time_endpoint": ["AWS::SageMaker::Endpoint", "AWS::ApplicationAutoScaling::ScalingPolicy"],
    "watched_endpoint": ["AWS::SageMaker::Endpoint", "AWS::SageMaker::Pipeline", "AWS::Scheduler::Schedule"],
    "training_to_serving": ["Custom::SageMakerTrainingJob", "AWS::SageMaker::Endpoint"],
}


def test_every_example_is_tested_and_described() -> None:
    apps = {path.parent.name for path in EXAMPLES.glob("*/app.py")}
    assert apps == set(DEPLOYED)
    assert {f"{app}/app.py" for app in apps} <= set(links(EXAMPLES / "README.md"))


def test_an_endpoint_a_pipeline_and_a_monitor_take_fewer_than_thirty_lines() -> None:
    assert len((EXAMPLES / "watched_endpoint" / "app.py").read_text().splitlines()) < 30


@pytest.mark.parametrize("example", DEPLOYED)
def test_an_example_synthesizes(example: str, tmp_path: Path) -> None:
    templates = synthesize(EXAMPLES / example / "app.py", tmp_path / "cdk.out", folder=tmp_path)
    assert set(DEPLOYED[example]) <= set(types(templates))
