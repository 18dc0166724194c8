"""One attempt at a step: what it is given, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal, Protocol

from emulator.containers.objects import S3Client
from emulator.shapes.errors import ServiceError

SERVICE_FAULT, THROTTLING = "Step.SERVICE_FAULT", "Step.THROTTLING"
INTERNAL_ERROR, CAPACITY_ERROR = "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"

_FAULTS: Mapping[str, str] = {
    "InternalFailure": SERVICE_FAULT,
    "ServiceUnavailable": SERVICE_FAULT,
    "ThrottlingException": THROTTLING,
    "ResourceLimitExceeded": RESOURCE_LIMIT,
}
_MOST_REASON = 1_024


@dataclass(frozen=True, kw_only=True)
class StepServices:
    """What steps are carried out with.

    Args:
        sagemaker: Calls an operation of the SageMaker API.
        other: Calls an operation of another service.
        s3: Client for property files and for what is cleaned up.
    """

    sagemaker: Callable[[str, Mapping[str, Any]], dict[str, Any]]
    other: Callable[[str, str, Mapping[str, Any]], dict[str, Any]]
    s3: S3Client


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a step is carried out with.

    Args:
        name: The step's name.
        body: The step with all its functions carried out; of steps within it nothing is.
        execution_id: The last part of the execution's ARN.
        execution_arn: All of it.
        services: What it may call.
        stop: Set when the execution is to stop.
        tell: Takes what ListPipelineExecutionSteps shows as the step's metadata, as soon as it is there.
        results: What the steps before it gave.
    """

    name: str
    body: Mapping[str, Any]
    execution_id: str
    execution_arn: str
    services: StepServices
    stop: Event
    tell: Callable[[Mapping[str, Any]], None]
    results: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The step's arguments."""
        return self.body.get("Arguments") or {}


@dataclass(frozen=True, kw_only=True)
class StepEnd:
    """How an attempt ended.

    Args:
        status: As ListPipelineExecutionSteps shows it.
        result: What references to the step stand for.
        reason: Why it failed.
        exception: The kind of exception by which retry policies name the failure; empty for one that none names.
    """

    status: Literal["Succeeded", "Failed", "Stopped"]
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""
    exception: str = ""


class StepRunner(Protocol):
    """Carries out steps of one type or several."""

    def run(self, attempt: Attempt) -> StepEnd:
        """Carry one out to its end; a ServiceError that it lets pass is a failure."""
        ...


def failed(reason: str, exception: str = "") -> StepEnd:
    """The end of a step that failed."""
    return StepEnd(status="Failed", reason=reason[:_MOST_REASON], exception=exception)


def refused(call: str, error: ServiceError) -> StepEnd:
    """The end of a step whose call was refused."""
    reason = f"ClientError: Failed to invoke {call}. Error Details: {error.message}"
    return failed(reason, _FAULTS.get(error.code, ""))
