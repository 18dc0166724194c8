"""Metrics and baselines of a version: where the API has them, and what is refused."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from harness.workflow import Workflow
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import shape
from sagemaker_constructs.pipelines import (
    CheckedBaseline,
    DriftCheckBaselines,
    ModelMetrics,
    Pipeline,
    QualityCheckStep,
    RegisterModelStep,
)


@pytest.fixture
def workflow(stack: Stack) -> Workflow:
    return Workflow.of(stack)


def _register(workflow: Workflow, **given: Any) -> RegisterModelStep:
    return RegisterModelStep("Register", "churn", workflow.model, artifact="s3://data/model.tar.gz", **given)


@pytest.mark.parametrize("kind", [ModelMetrics, DriftCheckBaselines])
def test_every_file_of_the_api_has_its_field(kind: type[ModelMetrics] | type[DriftCheckBaselines]) -> None:
    given = {name: f"s3://data/{name}.json" for name in (each.name for each in fields(kind))}
    document = kind(**given).document()
    groups = shape(kind.__name__)["members"]
    for group, described in groups.items():
        assert document[group].keys() == shape(described["shape"])["members"].keys()
    assert document.keys() == groups.keys()
    places = cast("list[Mapping[str, str]]", [place for group in document.values() for place in group.values()])
    assert sorted(place["S3Uri"] for place in places) == sorted(given.values())


def test_what_a_check_calculates_becomes_the_baseline(workflow: Workflow) -> None:
    check = QualityCheckStep("Check", workflow.evaluation, "DATA_QUALITY", baseline=CheckedBaseline(skip=True))
    baselines = DriftCheckBaselines(
        data_quality=check.properties.CalculatedBaselineStatistics,
        data_quality_constraints=check.properties.CalculatedBaselineConstraints,
    )
    register = _register(workflow, baselines=baselines, metrics=ModelMetrics(bias="s3://data/bias.json"))
    arguments: Any = register.document()["Arguments"]
    found = arguments["DriftCheckBaselines"]["ModelDataQuality"]
    assert found["Statistics"]["S3Uri"] == {"Get": "Steps.Check.CalculatedBaselineStatistics"}
    assert found["Constraints"]["ContentType"] == "application/json"
    assert arguments["ModelMetrics"] == {
        "Bias": {"Report": {"ContentType": "application/json", "S3Uri": "s3://data/bias.json"}}
    }
    Pipeline(workflow.stack, "Pipeline", steps=[register, check])
    Template.from_stack(workflow.stack).resource_count_is("AWS::SageMaker::Pipeline", 1)


def test_model_quality_stands_beside_other_metrics(workflow: Workflow) -> None:
    metrics = ModelMetrics(explainability="s3://data/shap.json")
    arguments: Any = _register(workflow, model_quality="s3://data/quality.json", metrics=metrics).arguments()
    assert {name: [*group] for name, group in arguments["ModelMetrics"].items()} == {
        "ModelQuality": ["Statistics"],
        "Explainability": ["Report"],
    }
    assert "DriftCheckBaselines" not in arguments


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"metrics": ModelMetrics()}, "metrics must name at least one of quality, quality_constraints, "),
        (
            {"baselines": DriftCheckBaselines(bias_config="bias.json")},
            "baselines.bias_config must be an S3 URL of at most 1024 characters, got: 'bias.json'",
        ),
        (
            {"model_quality": "s3://data/a.json", "metrics": ModelMetrics(quality="s3://data/b.json")},
            "model_quality must not be given beside metrics.quality, got: 's3://data/a.json'",
        ),
    ],
)
def test_what_is_refused(workflow: Workflow, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _register(workflow, **given)
    assert refusal.value.lines[0].removeprefix("Register: ").startswith(problem)
