"""Step Functions tasks that call SageMaker: `sagemaker:createX`, its `.sync` form and `aws-sdk:sagemaker`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.coverage import Coverage
from emulator.ministack.hooks import add_state_machine_integration, state_machine_error
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import fitted

COVERAGE = (
    Coverage(
        "Step Functions",
        real="`sagemaker:create…`, `.sync` that waits, `aws-sdk:sagemaker:…`",
    ),
)


_POLL_SECONDS = 0.2
_RUNNING = ("InProgress", "Stopping", "Creating", "Updating", "Pending", "Executing")
_FAILED = ("Failed", "Stopped")


@dataclass(frozen=True)
class Described:
    """What a Describe call says of a resource: its status, and all of it."""

    status: str | None
    answer: dict[str, Any]


class TaskTarget(Protocol):
    """SageMaker's control plane, as tasks call it."""

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an operation; raises ServiceError."""
        ...

    def describe_created(self, operation: str, request: Mapping[str, Any]) -> Described | None:
        """Describe what a Create operation made of a request; None for operations that make nothing to describe."""
        ...


class Workflows:
    """Carries out task states.

    Args:
        api: The control plane.
    """

    def __init__(self, api: TaskTarget) -> None:
        self._api = api

    def call(self, resource: str, data: dict[str, Any]) -> Any:
        """Carry out one task; runs on the execution's own thread and may wait there.

        Args:
            resource: ARN of the integration.
            data: The task's parameters.

        Raises:
            Exception: An error with the name that a state machine can catch.
        """
        name = resource.split(":")[-1].split(".")[0]
        operation = name[0].upper() + name[1:]
        try:
            if operation not in service_model("sagemaker").operation_names:
                raise ServiceError("UnknownOperationException", f"SageMaker has no operation {operation}.")
            shape = service_model("sagemaker").operation_model(operation).input_shape
            result = self._api.call(operation, fitted(shape, data) if shape else {})
            if resource.endswith(".sync"):
                result = self._wait(operation, data) or result
            return json.loads(json.dumps(result))
        except ServiceError as error:
            prefix = (
                "SageMaker.AmazonSageMakerException"
                if error.code == "ValidationException"
                else f"SageMaker.{error.code}Exception".replace("ExceptionException", "Exception")
            )
            raise state_machine_error(prefix, error.message) from error

    def _wait(self, operation: str, data: dict[str, Any]) -> dict[str, Any] | None:
        """Wait until what was created has ended; None when there is nothing to wait for."""
        while (described := self._api.describe_created(operation, data)) is not None:
            if described.status in _FAILED:
                raise state_machine_error("States.TaskFailed", json.dumps(described.answer))
            if described.status not in _RUNNING:
                return described.answer
            time.sleep(_POLL_SECONDS)
        return None


def add_workflow_integrations(api: TaskTarget) -> None:
    """Register both forms."""
    workflows = Workflows(api)
    add_state_machine_integration("sagemaker:", workflows.call)
    add_state_machine_integration("aws-sdk:sagemaker:", workflows.call)
