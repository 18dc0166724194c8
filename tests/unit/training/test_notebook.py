"""A notebook as what a training job runs: what is asked of its container, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.containers.notebooks import code, notebook
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.training.notebook import Notebook
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_input import TrainingInput

CHANNEL = "sagemaker_headless_execution_pipelinestep"
PRINTED = {"name": "stdout", "output_type": "stream", "text": "auc=0.75"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "first look.ipynb"
    path.write_text(notebook(code("print('auc=0.75')")))
    return path


def _definition(stack: Stack, source: Notebook, **given: Any) -> TrainingDefinition:
    bucket = s3.Bucket.from_bucket_name(stack, "Rows", "rows")
    image = ModelImage.from_directory("tests/unit/image")
    arguments: dict[str, Any] = {"image": image, "output": bucket, "instance_type": "ml.m5.large", **given}
    return TrainingDefinition(stack, "Training", source=source, **arguments)


def test_the_job_is_one_that_sagemaker_runs_notebooks_by(stack: Stack, path: Path) -> None:
    definition = _definition(stack, Notebook(path), hyperparameters={"rounds": "7"}, tags={"team": "churn"})
    request: Any = stack.resolve(definition.request)
    [channel] = request["InputDataConfig"]
    key = channel["DataSource"]["S3DataSource"]["S3Uri"]["Fn::Join"][1][-1].rpartition("/")[2]
    assert channel["ChannelName"] == CHANNEL
    assert request["AlgorithmSpecification"]["ContainerEntrypoint"] == ["amazon_sagemaker_scheduler"]
    assert "ContainerArguments" not in request["AlgorithmSpecification"]
    assert request["HyperParameters"] == {"rounds": "7"}
    assert request["Environment"] == {
        "AWS_DEFAULT_REGION": "us-east-1",
        "SM_ENV_NAME": "sagemaker-default-env",
        "SM_EXECUTION_INPUT_PATH": f"/opt/ml/input/data/{CHANNEL}",
        "SM_INPUT_NOTEBOOK_NAME": key,
        "SM_JOB_DEF_VERSION": "1.0",
        "SM_KERNEL_NAME": "python3",
        "SM_OUTPUT_NOTEBOOK_NAME": "first-look-job.ipynb",
        "SM_SKIP_EFS_SIMULATION": "true",
    }
    assert {each["Key"]: each["Value"] for each in request["Tags"]} == {
        "team": "churn",
        "sagemaker:is-studio-archived": "false",
        "sagemaker:name": "first-look-job",
        "sagemaker:notebook-job-origin": "PIPELINE_STEP",
        "sagemaker:notebook-name": "first look.ipynb",
    }
    assert key in str(Template.from_stack(stack).find_resources("AWS::IAM::Role"))


def _published(path: Path, outdir: Path) -> tuple[str, dict[str, Any]]:
    """The name of the notebook's object, and what is in it."""
    app = App(outdir=str(outdir))
    request: Any = _definition(Stack(app, "Stack"), Notebook(path)).request
    app.synth()
    [asset] = outdir.glob("asset.*.ipynb")
    return request["Environment"]["SM_INPUT_NOTEBOOK_NAME"], json.loads(asset.read_text())


def test_a_run_by_hand_changes_nothing(path: Path, tmp_path: Path) -> None:
    first, published = _published(path, tmp_path / "first")
    path.write_text(
        notebook(
            code(
                "print('auc=0.75')",
                outputs=[PRINTED],
                execution_count=3,
                metadata={"execution": {"iopub.status.busy": "2026-11-29T06:01:18Z"}},
            )
        )
    )
    assert _published(path, tmp_path / "again") == (first, published)
    path.write_text(notebook(code("print('auc=0.76')")))
    assert _published(path, tmp_path / "changed")[0] != first


def test_it_has_the_name_and_the_kernel_that_are_asked_for(stack: Stack, path: Path) -> None:
    request: Any = _definition(stack, Notebook(path, kernel="r", name="weekly")).request
    environment = request["Environment"]
    assert (environment["SM_KERNEL_NAME"], environment["SM_OUTPUT_NOTEBOOK_NAME"]) == ("r", "weekly.ipynb")


@pytest.mark.parametrize(
    ("text", "source", "given", "problem"),
    [
        (None, {"path": "absent.ipynb"}, {}, "source.path must be a notebook's file, got: 'absent.ipynb'"),
        ("print(1)", {}, {}, "source.path must be a notebook of nbformat 4, got: "),
        ("[]", {}, {}, "source.path must be a notebook of nbformat 4, got: "),
        (notebook(nbformat=3), {}, {}, "source.path must be a notebook of nbformat 4, got: "),
        (notebook(), {}, {}, "source.path must have a code cell, got none in: "),
        (None, {"kernel": ""}, {}, "source.kernel must be the name of a kernel in the image, got: ''"),
        (None, {"name": "1st"}, {}, "source.name must be a letter, then letters, digits, - and _, got: '1st'"),
        (None, {}, {"arguments": ["--fast"]}, "arguments are not available for a notebook, got: --fast"),
        (
            None,
            {},
            {"hyperparameters": {"num-leaves": "7"}},
            "hyperparameters of a notebook must be named like variables, got: 'num-leaves'",
        ),
    ],
)
def test_what_is_refused(
    stack: Stack, path: Path, text: str | None, source: dict[str, Any], given: dict[str, Any], problem: str
) -> None:
    if text is not None:
        path.write_text(text)
    asked: dict[str, Any] = {"path": path, **source}
    with pytest.raises(InvalidInput) as refusal:
        _definition(stack, Notebook(**asked), **given)
    assert refusal.value.lines[0].removeprefix("Stack/Training: ").startswith(problem)


def test_the_channel_of_the_notebook_has_its_name(stack: Stack, path: Path) -> None:
    rows = s3.Bucket.from_bucket_name(stack, "Own", "own")
    with pytest.raises(InvalidInput, match=f"channels must not name one '{CHANNEL}', which is that of the source"):
        _definition(stack, Notebook(path), channels={CHANNEL: TrainingInput(rows, "x")})
