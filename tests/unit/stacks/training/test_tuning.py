"""What the section `tuning` deploys, and what it refuses."""

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
training: {image: containers/tabular, instance_type: ml.m5.large, hyperparameters: {num_leaves: 15}}
serving:
  image: containers/tabular
  serverless: {}
tuning:
"""
LEAVES = "{name: num_leaves, kind: integer, minimum: 4, maximum: 63}"


def _load(tmp_path: Path, tuning: str) -> PlatformSettings:
    file = tmp_path / "dev.yaml"
    file.write_text(f"{SHORTEST}{tuning}")
    return load_settings(file)


def _job(tmp_path: Path, tuning: str) -> dict[str, Any]:
    platform = Platform(cdk.App(outdir=str(tmp_path / "cdk.out")), "dev", settings=_load(tmp_path, tuning))
    [stack] = [
        child for child in platform.node.children if child.node.id == "tuning" and isinstance(child, cdk.Stack)
    ]
    [job] = Template.from_stack(stack).find_resources("Custom::SageMakerHyperParameterTuningJob").values()
    return job["Properties"]


def test_the_platform_s_training_is_searched(tmp_path: Path) -> None:
    text = str(_job(tmp_path, f"  maximum_jobs: 4\n  ranges:\n    - {LEAVES}\n"))
    assert '"MaxNumberOfTrainingJobs":4,"MaxParallelTrainingJobs":2' in text
    assert '{"Name":"num_leaves","MinValue":"4","MaxValue":"63","ScalingType":"Auto"}' in text
    assert '"MetricName":"validation:auc","Type":"Maximize"' in text
    assert "StaticHyperParameters" not in text


def test_a_regression_is_searched_by_its_error(tmp_path: Path) -> None:
    text = str(_job(tmp_path, f"  objective: validation:rmse\n  ranges:\n    - {LEAVES}\n"))
    assert '"MetricName":"validation:rmse","Type":"Minimize"' in text
    assert "validation:rmse=([0-9.]+)" in text


@pytest.mark.parametrize(
    ("learned", "objective", "allowed"),
    [
        ("regression", "validation:auc", "validation:rmse"),
        ("binary", "validation:rmse", "validation:auc or validation:accuracy"),
        ("multiclass", "validation:rmse", "validation:auc or validation:accuracy"),
    ],
)
def test_a_search_looks_at_what_the_training_measures(
    tmp_path: Path, learned: str, objective: str, allowed: str
) -> None:
    file = tmp_path / "dev.yaml"
    told = SHORTEST.replace("{num_leaves: 15}", f"{{objective: {learned}}}")
    file.write_text(f"{told}  objective: {objective}\n  ranges:\n    - {LEAVES}\n")
    with pytest.raises(SettingsError) as refused:
        load_settings(file)
    words = f"tuning.objective: must be {allowed} for training.hyperparameters.objective {learned}, got: {objective}"
    assert words in str(refused.value)


def test_a_grid_has_no_number_of_jobs(tmp_path: Path) -> None:
    choice = "{name: num_leaves, kind: categorical, values: ['8', '16']}"
    assert "MaxNumberOfTrainingJobs" not in str(_job(tmp_path, f"  strategy: Grid\n  ranges:\n    - {choice}\n"))


@pytest.mark.parametrize(
    ("tuning", "line"),
    [
        ("  ranges: []\n", "tuning.ranges"),
        (f"  strategy: Grid\n  ranges:\n    - {LEAVES}\n", "dev.yaml:11: tuning.ranges[0].kind must be categorical"),
        (
            "  ranges:\n    - {name: a, kind: integer, minimum: 5, maximum: 5}\n",
            "tuning.ranges[0]: is refused by AWS: A range",
        ),
    ],
)
def test_what_cannot_be_searched_is_one_line(tmp_path: Path, tuning: str, line: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, tuning)
    assert line in str(refused.value).replace(": must", " must")
