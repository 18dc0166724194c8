"""A notebook job as a step."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from harness.containers.notebooks import code, notebook
from harness.policies import allowed, statements
from harness.workflow import Workflow
from sagemaker_constructs import pipelines as p
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.training import Notebook, TrainingDefinition


@pytest.fixture
def workflow(stack: cdk.Stack) -> Workflow:
    return Workflow.of(stack)


@pytest.fixture
def explored(workflow: Workflow, tmp_path: Path) -> TrainingDefinition:
    path = tmp_path / "explore.ipynb"
    path.write_text(notebook(code("print(1)")))
    return TrainingDefinition(
        workflow.stack,
        "Explored",
        image=ModelImage.from_directory("tests/unit/image"),
        output=workflow.bucket,
        instance_type="ml.m5.large",
        source=Notebook(path),
    )


def test_it_is_a_training_step_with_parameters_and_a_place_of_its_own(
    workflow: Workflow, explored: TrainingDefinition
) -> None:
    rounds = p.IntegerParameter("Rounds", 10)
    channels: dict[str, Any] = {"rows": "s3://data/rows"}
    step = p.NotebookJobStep("Explore", explored, parameters={"rounds": rounds, "label": "x"}, channels=channels)
    document: Any = step.document()
    arguments = document["Arguments"]
    assert document["Type"] == "Training"
    text = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Rounds"}]}}
    assert arguments["HyperParameters"] == {"rounds": text, "label": "x"}
    assert [each["ChannelName"] for each in arguments["InputDataConfig"]] == [Notebook.channel, "rows"]
    place = ["s3://data/training", {"Get": "Execution.PipelineExecutionId"}, "Explore"]
    assert arguments["OutputDataConfig"]["S3OutputPath"] == {"Std:Join": {"On": "/", "Values": place}}


def test_whoever_takes_its_outputs_comes_later_and_may_read_them(
    workflow: Workflow, explored: TrainingDefinition
) -> None:
    explore = p.NotebookJobStep("Explore", explored)
    read = p.ProcessingStep("Read", workflow.preprocessing, inputs={"rows": explore.outputs})
    p.Pipeline(workflow.stack, "Pipeline", steps=[explore, read])
    assert "data/training/*" in str(allowed(statements(workflow.stack, "PreprocessingExecutionRole"), "s3:GetObject"))


def test_what_is_refused(workflow: Workflow, explored: TrainingDefinition) -> None:
    with pytest.raises(InvalidInput, match="notebook must have a Notebook as its source, got: None"):
        p.NotebookJobStep("Explore", workflow.training)
    with pytest.raises(
        InvalidInput, match="parameters of a notebook must be named like variables, got: 'num-leaves'"
    ):
        p.NotebookJobStep("Explore", explored, parameters={"num-leaves": 7})
