"""The executions of a pipeline, as SageMaker's API tells of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from botocore.exceptions import ClientError

from sagemaker_constructs.core.pipeline_definitions.expressions import members_of
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, read_definition

SHOWN = 6
"""So many executions are compared."""


class Clients(Protocol):
    """Where clients come from: an account, or a session of boto3."""

    def client(self, service: str, /) -> Any:
        """The client of a service."""
        ...


@dataclass(frozen=True)
class Step:
    """A step of an execution that has begun; ``arn`` is of the job or whatever else it has made."""

    name: str
    status: str
    began: datetime
    ended: datetime | None
    cached: bool
    reason: str
    arn: str

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.ended - self.began).total_seconds() if self.ended else None


@dataclass(frozen=True)
class Execution:
    """An execution of a pipeline, with the numbers that its steps have left."""

    arn: str
    pipeline: str
    status: str
    began: datetime
    reason: str
    parameters: Mapping[str, str]
    steps: Sequence[Step]
    reading: PipelineReading
    metrics: Mapping[str, float]
    """``<step> <metric>`` → its value."""

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def ended(self) -> datetime:
        """When its last step ended; when it began, while none has."""
        return max((step.ended for step in self.steps if step.ended), default=self.began)


def executions(clients: Clients, pipeline: str) -> Sequence[Execution]:
    """The last executions of ``pipeline``, the newest first."""
    sagemaker = clients.client("sagemaker")
    listed = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=SHOWN
    )["PipelineExecutionSummaries"]
    return [_execution(clients, pipeline, each["PipelineExecutionArn"]) for each in listed]


def _execution(clients: Clients, pipeline: str, arn: str) -> Execution:
    sagemaker = clients.client("sagemaker")
    named = {"PipelineExecutionArn": arn}
    described = sagemaker.describe_pipeline_execution(**named)
    definition = sagemaker.describe_pipeline_definition_for_execution(**named)["PipelineDefinition"]
    reading = read_definition(definition) or PipelineReading({})
    given = sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(**named)
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(**named, SortOrder="Ascending")
    steps = [_step(each) for page in pages for each in page["PipelineExecutionSteps"] if "StartTime" in each]
    parameters = {
        str(each["Name"]): str(each["DefaultValue"]) for each in reading.parameters if "DefaultValue" in each
    }
    return Execution(
        arn=arn,
        pipeline=pipeline,
        status=described["PipelineExecutionStatus"],
        began=described["CreationTime"],
        reason=described.get("FailureReason", ""),
        parameters=parameters
        | {each["Name"]: each["Value"] for page in given for each in page["PipelineParameters"]},
        steps=steps,
        reading=reading,
        metrics={f"{step.name} {name}": value for step in steps for name, value in _metrics(clients, step, reading)},
    )


def _step(listed: Mapping[str, Any]) -> Step:
    made = next(iter(members_of(listed.get("Metadata")).values()), None)
    return Step(
        name=listed["StepName"],
        status=listed["StepStatus"],
        began=listed["StartTime"],
        ended=listed.get("EndTime"),
        cached="CacheHitResult" in listed,
        reason=listed.get("FailureReason", ""),
        arn=str(members_of(made).get("Arn", "")),
    )


def _metrics(clients: Clients, step: Step, reading: PipelineReading) -> Iterator[tuple[str, float]]:
    """What its job has reported, and the numbers in its property files. Of a job that is gone there are none."""
    kind, _, name = step.arn.rpartition(":")[2].partition("/")
    sagemaker = clients.client("sagemaker")
    try:
        match kind:
            case "training-job":
                for each in sagemaker.describe_training_job(TrainingJobName=name).get("FinalMetricDataList", []):
                    yield each["MetricName"], each["Value"]
            case "hyper-parameter-tuning-job":
                described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
                best = described.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric")
                if best:
                    yield best["MetricName"], best["Value"]
            case "processing-job":
                described = sagemaker.describe_processing_job(ProcessingJobName=name)
                yield from _of_files(clients, described, reading.by_name[step.name].property_files)
            case _:
                return
    except ClientError:
        return


def _of_files(
    clients: Clients, job: Mapping[str, Any], files: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, float]]:
    outputs = {each["OutputName"]: each["S3Output"]["S3Uri"] for each in job["ProcessingOutputConfig"]["Outputs"]}
    for file in files:
        bucket, _, prefix = outputs[file["OutputName"]].removeprefix("s3://").partition("/")
        key = f"{prefix.rstrip('/')}/{file['FilePath']}"
        yield from _numbers(json.loads(clients.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()))


def _numbers(document: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a report, by its path; one that stands as ``value`` by the path of what it is the value of."""
    if isinstance(document, Mapping):
        for name, item in cast(Mapping[str, object], document).items():
            yield from _numbers(item, path if name == "value" else f"{path}.{name}".lstrip("."))
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, float(document)
