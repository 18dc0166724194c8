"""Notebook jobs: the notebooks image runs them cell by cell, and what they leave is in S3."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.containers.notebooks import code, notebook, printed
from harness.containers.tabular_image import build_pushed
from harness.pipeline_definitions import BUCKET, Factory, definition, get, parameter, step

CHANNEL = "sagemaker_headless_execution_pipelinestep"
CELLS = (
    code("rounds = '1'", "parameters"),
    code("print('auc=0.75')"),
    code("from pathlib import Path\nPath('/opt/ml/model/rounds.txt').write_text(rounds)"),
    code("if rounds == '13':\n    raise ValueError('no such column: churned')"),
)


@pytest.fixture(scope="module")
def notebooks_image(image_root: Path) -> str:
    """URI of the real notebooks image."""
    return build_pushed(image_root, "notebooks")


def _explore(image: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/notebooks/0a1b.ipynb"}
    place = {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}/explored", get("Execution.PipelineExecutionId")]}}
    return step(
        "Explore",
        "Training",
        {
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["amazon_sagemaker_scheduler"],
                "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
            },
            "Environment": {
                "SM_JOB_DEF_VERSION": "1.0",
                "SM_EXECUTION_INPUT_PATH": f"/opt/ml/input/data/{CHANNEL}",
                "SM_KERNEL_NAME": "python3",
                "SM_INPUT_NOTEBOOK_NAME": "0a1b.ipynb",
                "SM_OUTPUT_NOTEBOOK_NAME": "explore-job.ipynb",
            },
            "HyperParameters": {"rounds": get("Parameters.Rounds")},
            "InputDataConfig": [{"ChannelName": CHANNEL, "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": place},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 120},
        },
    )


@pytest.fixture(scope="module")
def explored(factory: Factory, notebooks_image: str) -> str:
    factory.s3.put_object(Bucket=BUCKET, Key="notebooks/0a1b.ipynb", Body=notebook(*CELLS))
    rounds = parameter("Rounds", "String", "1")
    factory.create("explored", definition(_explore(notebooks_image), parameters=[rounds]))
    return "explored"


def _left(factory: Factory, job: dict[str, Any], archive: str, name: str) -> str:
    """A file that the job has left in one of its archives."""
    place = job["OutputDataConfig"]["S3OutputPath"].removeprefix(f"s3://{BUCKET}/")
    key = f"{place}/{job['TrainingJobName']}/output/{archive}"
    content = factory.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        member = opened.extractfile(name)
        assert member
        return member.read().decode()


def _job(factory: Factory, execution: str) -> dict[str, Any]:
    arn = factory.steps(execution)["Explore"]["Metadata"]["TrainingJob"]["Arn"]
    return factory.sagemaker.describe_training_job(TrainingJobName=arn.rpartition("/")[2])


def test_a_notebook_runs_with_the_parameters_of_the_execution(factory: Factory, explored: str) -> None:
    told = factory.run(explored, {"Rounds": "7"})
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    job = _job(factory, told["PipelineExecutionArn"])
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("auc", 0.75)]
    assert _left(factory, job, "model.tar.gz", "rounds.txt") == "7"
    executed = json.loads(_left(factory, job, "output.tar.gz", "explore-job.ipynb"))
    assert "".join(executed["cells"][1]["source"]) == "# Parameters\nrounds = '7'"
    assert printed(executed) == ["", "", "auc=0.75\n", "", ""]


def test_a_cell_that_fails_is_the_reason_and_what_ran_before_is_kept(factory: Factory, explored: str) -> None:
    told = factory.run(explored, {"Rounds": "13"})
    assert told["PipelineExecutionStatus"] == "Failed"
    job = _job(factory, told["PipelineExecutionArn"])
    reason = "code cell 5 of 5 (if rounds == '13':): ValueError: no such column: churned"
    assert job["FailureReason"] == f"AlgorithmError: {reason}, exit code: 1"
    assert reason in factory.steps(told["PipelineExecutionArn"])["Explore"]["FailureReason"]
    executed = json.loads(_left(factory, job, "output.tar.gz", "explore-job.ipynb"))
    assert printed(executed) == ["", "", "auc=0.75\n", "", "ValueError"]


def test_images_that_do_not_run_here_fail_with_the_reason(factory: Factory, explored: str, echo_image: str) -> None:
    reasons = {AWS_IMAGE: "was not built in this emulator", echo_image: "(amazon_sagemaker_scheduler)"}
    for number, (image, reason) in enumerate(reasons.items()):
        name = f"foreign-{number}"
        factory.create(name, definition(_explore(image), parameters=[parameter("Rounds", "String", "1")]))
        told = factory.run(name)
        assert told["PipelineExecutionStatus"] == "Failed"
        assert reason in factory.steps(told["PipelineExecutionArn"])["Explore"]["FailureReason"]
