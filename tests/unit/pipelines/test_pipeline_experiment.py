"""The classic experiment of a pipeline."""

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.pipelines import Execution, FailStep, Pipeline, PipelineExperiment, StringParameter, join


def _config(stack: Stack, experiment: str | PipelineExperiment, **given: Any) -> dict[str, Any]:
    Pipeline(stack, "Pipeline", steps=[FailStep("End", message="done")], experiment=experiment, **given)
    [pipeline] = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    return json.loads(pipeline["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"])[
        "PipelineExperimentConfig"
    ]


def test_a_name_is_an_experiment_with_a_trial_for_each_execution(stack: Stack) -> None:
    config = _config(stack, "churn")
    assert config == {"ExperimentName": "churn", "TrialName": {"Get": "Execution.PipelineExecutionId"}}


def test_both_names_may_have_values_of_the_execution(stack: Stack) -> None:
    name = StringParameter("Experiment", "churn")
    trial = join("nightly", Execution.ID, on="-")
    config = _config(stack, PipelineExperiment(name, trial), parameters=[name])
    assert config["ExperimentName"] == {"Get": "Parameters.Experiment"}
    assert config["TrialName"]["Std:Join"]["On"] == "-"


@pytest.mark.parametrize(
    ("experiment", "place"),
    [("no name", "experiment.name"), (PipelineExperiment("churn", "a_b"), "experiment.trial")],
)
def test_what_is_refused(stack: Stack, experiment: str | PipelineExperiment, place: str) -> None:
    with pytest.raises(InvalidInput, match=f"{place} must be named with at most 120 letters, digits and -, got: "):
        _config(stack, experiment)
