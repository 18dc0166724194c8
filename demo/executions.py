"""Executions of pipelines, and the rows that they train with."""

import subprocess
import uuid
from typing import Any

from demo.deployment import Deployment
from tools.image_environment import interpreter

_ROWS = """
from sklearn.datasets import load_breast_cancer
found = load_breast_cancer()
print(",".join(["diagnosis", *found.feature_names]))
for row, target in zip(found.data, found.target):
    print(",".join([found.target_names[target], *map(str, row)]))
"""


def cancer_rows() -> bytes:
    """The rows of scikit-learn's data set about breast cancer, from the image that has them."""
    made = subprocess.run([interpreter("tabular"), "-c", _ROWS], capture_output=True, check=True, timeout=60)
    return made.stdout


def run(deployed: Deployment, name: str, **parameters: str) -> str:
    """The ARN of an execution that has ended."""
    started: str = deployed.client("sagemaker").start_pipeline_execution(
        PipelineName=name,
        PipelineParameters=[{"Name": each, "Value": value} for each, value in parameters.items()],
        ClientRequestToken=uuid.uuid4().hex,
    )["PipelineExecutionArn"]
    return until_ended(deployed, name, started)


def until_ended(deployed: Deployment, name: str, execution: str) -> str:
    """The ARN, when the execution has ended."""
    sagemaker = deployed.client("sagemaker")

    def ended() -> str | None:
        status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
        return None if status in ("Executing", "Stopping") else status

    deployed.wait_for(f"the end of an execution of {name}", ended)
    return execution


def steps_of(deployed: Deployment, execution: str) -> dict[str, Any]:
    """Its steps by name, in the order in which they began."""
    listed = deployed.client("sagemaker").list_pipeline_execution_steps(
        PipelineExecutionArn=execution, SortOrder="Ascending", MaxResults=100
    )
    return {each["StepName"]: each for each in listed["PipelineExecutionSteps"]}
