"""Step Functions tasks that call SageMaker: `sagemaker:createX`, its `.sync` form and `aws-sdk:sagemaker`."""

from __future__ import annotations

import json
import time
from typing import Any

from emulator.ministack.hooks import add_state_machine_integration, state_machine_error
from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.api.kinds import Kind, kinds
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import fitted

_POLL_SECONDS = 0.2
_RUNNING = ("InProgress", "Stopping", "Creating", "Updating", "Pending", "Executing")
_FAILED = ("Failed", "Stopped")


class Workflows:
    """Carries out task states.

    Args:
        api: The control plane.
    """

    def __init__(self, api: SageMakerApi) -> None:
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
            kind = kinds().get(operation.removeprefix("Create"))
            if resource.endswith(".sync") and operation.startswith("Create") and kind:
                result = self._wait(kind, data)
            return json.loads(json.dumps(result))
        except ServiceError as error:
            prefix = (
                "SageMaker.AmazonSageMakerException"
                if error.code == "ValidationException"
                else f"SageMaker.{error.code}Exception".replace("ExceptionException", "Exception")
            )
            raise state_machine_error(prefix, error.message) from error

    def _wait(self, kind: Kind, data: dict[str, Any]) -> dict[str, Any]:
        record = self._api.records.find(kind.name, kind.key(data))
        if record is None:
            raise ServiceError("ResourceNotFound", f"The {kind.label} disappeared.")
        request = self._api.naming_request("Describe", kind, record)
        while True:
            described = self._api.call(f"Describe{kind.name}", request)
            status = described.get(kind.status_member)
            if status in _FAILED:
                raise state_machine_error("States.TaskFailed", json.dumps(described))
            if status not in _RUNNING:
                return described
            time.sleep(_POLL_SECONDS)


def add_workflow_integrations(api: SageMakerApi) -> None:
    """Register both forms."""
    workflows = Workflows(api)
    add_state_machine_integration("sagemaker:", workflows.call)
    add_state_machine_integration("aws-sdk:sagemaker:", workflows.call)
