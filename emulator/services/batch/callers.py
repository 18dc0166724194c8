"""What submits jobs besides clients: rules, schedules and state machines."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, cast

from emulator.ministack import hooks
from emulator.services.batch.held import ENDED, Item
from emulator.services.batch.service import Batch
from emulator.services.scheduler import add_schedule_integration
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import Shape, service_model
from emulator.shapes.template_values import api_names, fitted

logger = logging.getLogger("emulator.batch")

_QUEUE = re.compile(r"arn:aws[a-z-]*:batch:[a-z0-9-]+:\d{12}:job-queue/.+")
_POLL_SECONDS = 0.2


class _Callers:
    """Batch, for callers that write its members with a capital letter.

    Args:
        batch: The API.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def call(self, name: str, request: Mapping[str, Any]) -> Item:
        """Answer an operation; raises ServiceError."""
        if name not in service_model("batch").operation_names:
            raise ServiceError("ClientException", f"Batch has no operation {name}.")
        shape = service_model("batch").operation_model(name).input_shape
        return self._batch.call(name, fitted(shape, api_names(shape, request)) if shape else {})

    def deliver(self, target: Mapping[str, Any], made: str) -> None:
        """Submit the job of a rule; what Batch refuses is a warning in the log."""
        try:
            parameters: Mapping[str, Any] = target["BatchParameters"]
            given: Any = json.loads(made) if made else {}
            self.call("SubmitJob", {"JobQueue": target["Arn"], **parameters, **given})
        except (KeyError, ValueError, ServiceError) as error:
            logger.warning("the rule's job for %s was not submitted: %r", target["Arn"], error)

    def task(self, resource: str, data: dict[str, Any]) -> Any:
        """Carry out a task of a state machine, on the execution's own thread; `.sync` waits for the job there."""
        name = resource.split(":")[-1].split(".")[0]
        operation = name[0].upper() + name[1:]
        try:
            answer = self.call(operation, data)
        except ServiceError as error:
            raise hooks.state_machine_error(f"Batch.{error.code}", error.message) from error
        if resource.endswith(".sync"):
            return _capitalized(_detail(), self._ended(answer["jobId"]))
        return _capitalized(service_model("batch").operation_model(operation).output_shape, answer)

    def _ended(self, identifier: str) -> Item:
        while True:
            [job] = self._batch.call("DescribeJobs", {"jobs": [identifier]})["jobs"]
            if job["status"] == "FAILED":
                raise hooks.state_machine_error("States.TaskFailed", json.dumps(_capitalized(_detail(), job)))
            if job["status"] in ENDED:
                return job
            time.sleep(_POLL_SECONDS)


def _detail() -> Shape | None:
    output = service_model("batch").operation_model("DescribeJobs").output_shape
    return output.members["jobs"].member if output else None


def _capitalized(shape: Shape | None, value: Any) -> Any:
    """An answer as Step Functions passes it on: names of members begin with a capital letter, keys of maps do not."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = cast(Mapping[str, Any], value).items()
        return {name[0].upper() + name[1:]: _capitalized(shape.members.get(name), item) for name, item in members}
    if shape.type_name == "list" and isinstance(value, list):
        return [_capitalized(shape.member, item) for item in cast(list[Any], value)]
    return value


def add_batch_callers(batch: Batch) -> None:
    """Register rules with queues as targets, schedules and tasks."""
    callers = _Callers(batch)
    hooks.add_input_target(lambda arn: _QUEUE.fullmatch(arn) is not None, callers.deliver)
    hooks.add_state_machine_integration("batch:", callers.task)
    hooks.add_state_machine_integration("aws-sdk:batch:", callers.task)
    add_schedule_integration("batch", callers)
