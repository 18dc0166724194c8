"""Definitions of pipelines for the tests, and executions of them over boto3."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from harness.aws_clients import ROLE, Clients, wait_for
from harness.containers.programs import program

BUCKET = "pipelines"
Part = Mapping[str, Any]


def get(place: str) -> dict[str, str]:
    return {"Get": place}


def definition(*steps: Part, parameters: Sequence[Part] = (), **members: Any) -> str:
    return json.dumps({"Version": "2020-12-01", "Parameters": [*parameters], "Steps": [*steps], **members})


def parameter(name: str, kind: str, *default: Any, **members: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, **({"DefaultValue": default[0]} if default else {}), **members}


def step(name: str, kind: str, arguments: Part, **members: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments, **members}


def training(name: str, image: str, hyperparameters: Part, **members: Any) -> dict[str, Any]:
    """A step that trains with the echo image."""
    arguments = {
        "RoleArn": ROLE,
        "HyperParameters": hyperparameters,
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
        },
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return step(name, "Training", arguments, **members)


def processing(name: str, image: str, text: Any, **members: Any) -> dict[str, Any]:
    """A step that writes `text` as `report.json`, which is its property file `Report`."""
    code = {
        "InputName": "code",
        "S3Input": {
            "S3Uri": f"s3://{BUCKET}/code/",
            "LocalPath": "/opt/ml/processing/input/code",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        },
    }
    report = {
        "S3Uri": {"Std:Join": {"On": "/", "Values": [f"s3://{BUCKET}", get("Execution.PipelineExecutionId"), name]}},
        "LocalPath": "/opt/ml/processing/output/report",
        "S3UploadMode": "EndOfJob",
    }
    arguments = {
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": image,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/script.py"],
            "ContainerArguments": ["report.json", text],
        },
        "ProcessingInputs": [code],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "report", "S3Output": report}]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}
    return step(name, "Processing", arguments, PropertyFiles=[file], **members)


def reported(name: str, path: str) -> dict[str, Any]:
    """A value in the report of a processing step."""
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{name}.PropertyFiles.Report"), "Path": path}}


def fail(name: str, message: Any, **members: Any) -> dict[str, Any]:
    return step(name, "Fail", {"ErrorMessage": message}, **members)


def condition(name: str, *conditions: Part, then: Sequence[Part] = (), otherwise: Sequence[Part] = ()) -> Part:
    return step(name, "Condition", {"Conditions": [*conditions], "IfSteps": [*then], "ElseSteps": [*otherwise]})


class Factory:
    """Creates pipelines, and runs them."""

    def __init__(self, client: Clients) -> None:
        self.sagemaker, self.s3 = client("sagemaker"), client("s3")

    def prepare(self) -> "Factory":
        self.s3.create_bucket(Bucket=BUCKET)
        script = program("writes/script.py")
        self.s3.put_object(Bucket=BUCKET, Key="code/script.py", Body=script.encode())
        return self

    def create(self, name: str, text: str, **members: Any) -> str:
        """The ARN of a new pipeline."""
        created = self.sagemaker.create_pipeline(
            PipelineName=name,
            RoleArn=ROLE,
            PipelineDefinition=text,
            ClientRequestToken=uuid.uuid4().hex,
            **members,
        )
        return created["PipelineArn"]

    def start(self, name: str, parameters: Mapping[str, str] | None = None, **members: Any) -> str:
        """The ARN of a new execution."""
        given = [{"Name": each, "Value": value} for each, value in (parameters or {}).items()]
        started = self.sagemaker.start_pipeline_execution(
            PipelineName=name,
            PipelineParameters=given,
            **{"ClientRequestToken": uuid.uuid4().hex, **members},
        )
        return started["PipelineExecutionArn"]

    def describe(self, execution: str) -> Any:
        return self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)

    def ended(self, execution: str) -> Any:
        """The description of an execution, once it has ended."""
        return wait_for(
            lambda: self.describe(execution),
            lambda told: told["PipelineExecutionStatus"] not in ("Executing", "Stopping"),
        )

    def run(self, name: str, parameters: Mapping[str, str] | None = None, **members: Any) -> Any:
        return self.ended(self.start(name, parameters, **members))

    def stop(self, execution: str) -> None:
        self.sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken=uuid.uuid4().hex)

    def steps(self, execution: str) -> dict[str, Any]:
        """The steps of an execution by name; those of loops come last."""
        listed = self.sagemaker.list_pipeline_execution_steps(
            PipelineExecutionArn=execution, SortOrder="Ascending", MaxResults=100
        )
        return {each["StepName"]: each for each in listed["PipelineExecutionSteps"]}

    def statuses(self, execution: str) -> dict[str, str]:
        return {name: each["StepStatus"] for name, each in self.steps(execution).items()}
