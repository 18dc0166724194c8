"""EventBridge Scheduler calls SageMaker and Batch: the universal targets `aws-sdk:sagemaker:…`, `aws-sdk:batch:…`."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from emulator.coverage import Coverage
from emulator.ministack.hooks import add_schedule_target, fill_schedule_inputs
from emulator.shapes.errors import ServiceError

COVERAGE = (
    Coverage(
        "EventBridge Scheduler",
        real="`aws-sdk:sagemaker:…` and `aws-sdk:batch:…` targets, and `aws-sdk:glue:…` of data quality; context"
        " attributes such as `<aws.scheduler.scheduled-time>`",
        recorded="time zones (expressions count in UTC), flexible windows, retry policies",
        refused="`aws-sdk` targets of other services (a warning in the log)",
    ),
)


logger = logging.getLogger("emulator.scheduler")

TARGETS = "arn:aws:scheduler:::aws-sdk:"


class ScheduleTarget(Protocol):
    """A service, as schedules call it."""

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an operation; raises ServiceError."""
        ...


class Schedules:
    """Carries out what a due schedule asks for, once; what the service refuses is a warning in the log.

    Args:
        api: The service.
        prefix: What the ARNs of its operations begin with.
    """

    def __init__(self, api: ScheduleTarget, prefix: str) -> None:
        self._api = api
        self._prefix = prefix

    def call(self, arn: str, text: str) -> None:
        """Call the operation that a target's ARN names, with the target's input."""
        name = arn.removeprefix(self._prefix)
        try:
            self._api.call(name[:1].upper() + name[1:], json.loads(text))
        except (ServiceError, ValueError) as error:
            logger.warning("the schedule's call of %s was refused: %s", name, error)


def add_schedule_integration(service: str, api: ScheduleTarget) -> None:
    """Register the targets of a service."""
    prefix = f"{TARGETS}{service}:"
    add_schedule_target(prefix, Schedules(api, prefix).call)


def fill_inputs() -> None:
    """Fill in the context attributes of every schedule's input, once all kinds of targets are registered."""
    fill_schedule_inputs(filled)


def filled(text: str, schedule: Mapping[str, Any], due: float) -> str:
    """An input with its context attributes.

    The scheduled time of a cron expression is a whole minute. An input is sent once, so that each is a first attempt.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    second = due - due % 60 if str(schedule.get("ScheduleExpression", "")).startswith("cron") else due
    attributes = {
        "schedule-arn": str(schedule.get("Arn", "")),
        "scheduled-time": datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": uuid.uuid4().hex[:16],
        "attempt-number": "1",
    }
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text
