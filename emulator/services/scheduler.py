"""EventBridge Scheduler calls SageMaker: the universal targets `aws-sdk:sagemaker:…`."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

from emulator.coverage import Coverage
from emulator.ministack.hooks import add_schedule_target
from emulator.shapes.errors import ServiceError

COVERAGE = (
    Coverage(
        "EventBridge Scheduler",
        real="`aws-sdk:sagemaker:…` targets, with the execution's identifier filled in",
        refused="`aws-sdk` targets of other services (a warning in the log)",
    ),
)


logger = logging.getLogger("emulator.scheduler")

_TARGET = "arn:aws:scheduler:::aws-sdk:sagemaker:"


class ScheduleTarget(Protocol):
    """SageMaker's control plane, as schedules call it."""

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an operation; raises ServiceError."""
        ...


class Schedules:
    """Carries out what a due schedule asks for, once; what SageMaker refuses is a warning in the log.

    Args:
        api: The control plane.
    """

    def __init__(self, api: ScheduleTarget) -> None:
        self._api = api

    def call(self, arn: str, text: str) -> None:
        """Call the operation that a target's ARN names, with the target's input."""
        name = arn.removeprefix(_TARGET)
        text = text.replace("<aws.scheduler.execution-id>", uuid.uuid4().hex[:16])
        try:
            self._api.call(name[:1].upper() + name[1:], json.loads(text))
        except (ServiceError, ValueError) as error:
            logger.warning("the schedule's call of %s was refused: %s", name, error)


def add_schedule_integration(api: ScheduleTarget) -> None:
    """Register the targets."""
    add_schedule_target(_TARGET, Schedules(api).call)
