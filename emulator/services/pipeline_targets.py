"""EventBridge starts pipelines: rules and schedules whose target is the ARN of one."""

from __future__ import annotations

import contextvars
import json
import logging
import re
import threading
import uuid
from collections.abc import Mapping
from typing import Any, Protocol, cast

from emulator.coverage import Coverage
from emulator.ministack import hooks, in_process
from emulator.shapes.errors import ServiceError

COVERAGE = (
    Coverage(
        "Pipelines as targets of EventBridge and Scheduler",
        real="parameters, also as paths into the event; dead-letter queues get what SageMaker refuses",
        recorded="roles, retry policies",
    ),
)

logger = logging.getLogger("emulator.pipeline_targets")

_PIPELINE = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:pipeline/.+")


class Starter(Protocol):
    """SageMaker's control plane, as rules call it."""

    def __call__(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer an operation; raises ServiceError."""
        ...


def is_pipeline(arn: str) -> bool:
    """Whether a target is a pipeline."""
    return _PIPELINE.fullmatch(arn) is not None


def add_pipeline_targets(call: Starter) -> None:
    """Start the pipelines that rules and schedules name."""

    def deliver(target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        # The event may come from a request that SageMaker is answering just now.
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_start, call, target, event), daemon=True).start()

    hooks.add_event_target(is_pipeline, deliver)


def _start(call: Starter, target: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    listed: list[Mapping[str, str]] = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    try:
        parameters = [{"Name": each["Name"], "Value": _value(each["Value"], event)} for each in listed]
        call(
            "StartPipelineExecution",
            {
                "PipelineName": target["Arn"],
                "PipelineParameters": parameters,
                "ClientRequestToken": uuid.uuid4().hex,
            },
        )
    except ServiceError as error:
        logger.warning("%s was not started: %s", target["Arn"], error)
        _bury(target, event, error)


def _value(given: str, event: Mapping[str, Any]) -> str:
    """The text itself, or what a path such as `$.detail.key` finds in the event."""
    if not given.startswith("$."):
        return given
    found: Any = event
    for part in given.removeprefix("$.").split("."):
        if not isinstance(found, dict) or part not in found:
            raise ServiceError("ValidationException", f"The event has no {given}.")
        found = cast(dict[str, Any], found)[part]
    return str(found)


def _bury(target: Mapping[str, Any], event: Mapping[str, Any], error: ServiceError) -> None:
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if not queue:
        return
    told = {"ERROR_CODE": error.code, "ERROR_MESSAGE": error.message, "TARGET_ARN": target["Arn"]}
    try:
        url = in_process.call("sqs", "GetQueueUrl", {"QueueName": queue.rsplit(":", 1)[1]})["QueueUrl"]
        in_process.call(
            "sqs",
            "SendMessage",
            {
                "QueueUrl": url,
                "MessageBody": json.dumps(event, default=str),
                "MessageAttributes": {k: {"DataType": "String", "StringValue": v} for k, v in told.items()},
            },
        )
    except ServiceError as refusal:
        logger.warning("%s takes no message: %s", queue, refusal)
