"""Retry policies, with a service that fails as it is told."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from emulator.ministack.scope import Scope
from emulator.pipelines import execution as executions
from emulator.pipelines.attempts import StepServices
from emulator.pipelines.definition import ParsedDefinition
from emulator.pipelines.events import PipelineEvents
from emulator.pipelines.execution import PipelineRun, Workplace
from emulator.pipelines.steps.functions import Callbacks
from emulator.pipelines.steps.runners import step_runners
from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError
from harness.pipeline_definitions import definition, training

HERE = Scope("123456789012", "us-east-1")
JOB = "arn:aws:sagemaker:us-east-1:123456789012:training-job"
PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p"


class Service:
    """A control plane whose calls of CreateTrainingJob, or whose jobs, end as listed, then well."""

    def __init__(self, *ends: str) -> None:
        self.ends = [*ends]
        self.created = 0
        self.ended = "Completed"

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if name == "CreateTrainingJob":
            self.created += 1
            end = self.ends.pop(0) if self.ends else ""
            if end.endswith("Exception") or end == "ResourceLimitExceeded":
                raise ServiceError(end, "not now")
            self.ended = end
            return {"TrainingJobArn": f"{JOB}/{request['TrainingJobName']}"}
        status = {"TrainingJobStatus": "Failed", "FailureReason": self.ended} if self.ended else None
        return status or {"TrainingJobStatus": "Completed"}


def _untold(*event: object) -> None:
    """Nobody listens."""


def _run(service: Service, *policies: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The status of an execution with one step, and that of the step."""
    records = Records(lambda: HERE, lambda: None)
    events = PipelineEvents(_untold)
    services = StepServices(sagemaker=service.call, other=cast(Any, None), s3=cast(Any, None))
    place = Workplace(
        records=records, events=events, services=services, runners=step_runners(Callbacks()), earlier=lambda _: []
    )
    text = definition(training("Train", "image", {}, RetryPolicies=[*policies]))
    outcome: dict[str, Any] = {
        "PipelineArn": PIPELINE,
        "PipelineDefinition": text,
        "PipelineName": "p",
        "Parameters": {},
        "PipelineExecutionStatus": "Executing",
    }
    arn = f"{PIPELINE}/execution/abcdefghijkl"
    record = Record("PipelineExecution", "key", arn, {}, outcome, {}, HERE.account, HERE.region)
    records.add(record)
    PipelineRun(record, ParsedDefinition.parse(text), place).run()
    return record.outcome["PipelineExecutionStatus"], record.outcome["Steps"][0]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of AWS between attempts; they pass at once."""
    taken: list[float] = []

    def shortened(seconds: float) -> float:
        taken.append(seconds)
        return 0.0

    monkeypatch.setattr(executions, "shortened", shortened)
    return taken


def policy(*kinds: str, **members: Any) -> dict[str, Any]:
    return {"ExceptionType": [*kinds], **members}


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ("ThrottlingException", "Step.THROTTLING"),
        ("ResourceLimitExceeded", "SageMaker.RESOURCE_LIMIT"),
        ("InternalServerError: We encountered an internal error.", "SageMaker.JOB_INTERNAL_ERROR"),
        ("CapacityError: Unable to provision requested ML compute capacity.", "SageMaker.CAPACITY_ERROR"),
    ],
)
def test_a_named_exception_is_tried_again(end: str, kind: str, pauses: list[float]) -> None:
    service = Service(end, end)
    status, step = _run(service, policy(kind, IntervalSeconds=10, BackoffRate=3.0, MaxAttempts=2))
    assert (status, step["AttemptCount"], service.created) == ("Succeeded", 3, 3)
    assert pauses == [10, 30]


def test_attempts_come_to_an_end(pauses: list[float]) -> None:
    service = Service(*["ThrottlingException"] * 9)
    status, step = _run(service, policy("Step.THROTTLING", MaxAttempts=2))
    assert (status, service.created, len(pauses)) == ("Failed", 3, 2)
    assert (
        step["FailureReason"] == "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: not now"
    )


def test_another_exception_is_not_tried_again() -> None:
    service = Service("AlgorithmError: no rows")
    status, step = _run(service, policy("SageMaker.JOB_INTERNAL_ERROR", MaxAttempts=2))
    assert (status, step["FailureReason"], service.created) == ("Failed", "AlgorithmError: no rows", 1)


def test_each_policy_has_attempts_of_its_own() -> None:
    service = Service("ThrottlingException", "CapacityError: none", "ThrottlingException", "CapacityError: none")
    status, _ = _run(
        service, policy("Step.THROTTLING", MaxAttempts=2), policy("SageMaker.CAPACITY_ERROR", MaxAttempts=2)
    )
    assert (status, service.created) == ("Succeeded", 5)


@pytest.mark.parametrize(("factor", "status", "created"), [(0.0, "Succeeded", 4), (1e12, "Failed", 1)])
def test_time_may_be_the_limit(factor: float, status: str, created: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executions, "FACTOR", factor)
    service = Service(*["ThrottlingException"] * 3)
    assert _run(service, policy("Step.THROTTLING", ExpireAfterMin=1))[0] == status
    assert service.created == created
