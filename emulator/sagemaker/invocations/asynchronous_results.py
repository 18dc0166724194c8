"""An asynchronous request, and the message that tells of its end.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
"""

from __future__ import annotations

import datetime
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.containers.invocation import Invocation
from emulator.ministack import in_process
from emulator.sagemaker.api.records import Record
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.asynchronous")


@dataclass(frozen=True)
class AsynchronousRequest:
    """What waits in a queue.

    Args:
        inference_id: Given by the caller, or drawn.
        invocation: What is asked; its payload is empty when there is an input location.
        input_location: S3 URI of the payload.
        output_location: S3 URI of the answer.
        failure_location: S3 URI of an error's text; None when the endpoint names no place for it.
        timeout_seconds: How long the container may take.
        expires: When the request is too old to be started, in seconds since the epoch.
        received: When it came, likewise.
    """

    inference_id: str
    invocation: Invocation
    input_location: str | None
    output_location: str
    failure_location: str | None
    timeout_seconds: float
    expires: float
    received: float = field(default_factory=time.time)


def failure_reason_of(error: ServiceError) -> str:
    """The failure reason for what a container answered."""
    status = error.details.get("OriginalStatusCode")
    if not isinstance(status, int):
        return f"InternalServerError: {error.message}"
    kind, who = ("ClientError", "client") if status < 500 else ("ServerError", "server")
    return (
        f"{kind}: Received {who} error ({status}) from model. "
        "See the SageMaker Endpoint logs in your account for more information."
    )


def notification(
    endpoint: Record, request: AsynchronousRequest, *, content_type: str = "", failure_reason: str | None = None
) -> dict[str, Any]:
    """The message about a finished request: a success, or a failure when there is a reason."""
    asked = {
        "contentType": request.invocation.content_type,
        "endpointName": endpoint.request["EndpointName"],
        "inputLocation": request.input_location,
    }
    message: dict[str, Any] = {
        "awsRegion": endpoint.region,
        "eventTime": _time(time.time()),
        "receivedTime": _time(request.received),
        "invocationStatus": "Failed" if failure_reason else "Completed",
        "requestParameters": {name: value for name, value in asked.items() if value},
        "inferenceId": request.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if failure_reason:
        return {**message, "failureReason": failure_reason}
    return {
        **message,
        "responseParameters": {"contentType": content_type, "outputLocation": request.output_location},
    }


def publish(topic: str | None, message: Mapping[str, Any]) -> None:
    """Publish a message as JSON; nothing happens without a topic, and a failure is logged. Call it on a thread."""
    if not topic:
        return
    try:
        in_process.call("sns", "Publish", {"TopicArn": topic, "Message": json.dumps(message)})
    except ServiceError as error:
        logger.error("nothing was published to %s: %s", topic, error.message)


def _time(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
