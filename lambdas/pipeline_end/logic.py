"""Stop the executions of a pipeline, answer the steps that wait for somebody, and wait until none runs."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

_RUNNING = ("Executing", "Stopping")
_PAUSE_SECONDS = 5
_PATIENCE_SECONDS = 13 * 60
"""A function runs for 15 minutes at most, and has to answer before."""
_REASON = "The pipeline is being deleted."


class ExecutionsApi(Protocol):
    """The calls of SageMaker that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of SageMaker."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


def end_executions(
    event: Mapping[str, Any],
    api: ExecutionsApi,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Return the physical id, which is the pipeline's name. Creating and updating do nothing.

    Raises TimeoutError, with the executions, if some still run after 13 minutes; deleting may be asked for again.
    """
    name = str(event["ResourceProperties"]["PipelineName"])
    if event["RequestType"] != "Delete":
        return name
    physical = str(event["PhysicalResourceId"])
    end = now() + _PATIENCE_SECONDS
    while running := [*_running(api, name)]:
        for arn, status in running:
            if status == "Executing":
                _stop(api, arn)
            _answer(api, arn)
        if now() > end:
            raise TimeoutError(f"still running: {', '.join(arn for arn, _ in running)}"[:900])
        sleep(_PAUSE_SECONDS)
    return physical


def _running(api: ExecutionsApi, name: str) -> Iterator[tuple[str, str]]:
    """ARN and status of each execution that runs; none of a pipeline that is not there."""
    asked: dict[str, Any] = {"PipelineName": name, "MaxResults": 100}
    while True:
        try:
            page = api.call("list_pipeline_executions", **asked)
        except Exception as error:
            if api.code_of(error) == "ResourceNotFound":
                return
            raise
        for each in page["PipelineExecutionSummaries"]:
            if each["PipelineExecutionStatus"] in _RUNNING:
                yield each["PipelineExecutionArn"], each["PipelineExecutionStatus"]
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]


def _stop(api: ExecutionsApi, arn: str) -> None:
    token = hashlib.sha256(arn.encode()).hexdigest()
    _unless_over(api, "stop_pipeline_execution", PipelineExecutionArn=arn, ClientRequestToken=token)


def _answer(api: ExecutionsApi, arn: str) -> None:
    """Answer callbacks, for which an execution waits though it is stopped: whoever should may be deleted already."""
    asked: dict[str, Any] = {"PipelineExecutionArn": arn, "MaxResults": 100}
    while True:
        page = api.call("list_pipeline_execution_steps", **asked)
        for step in page["PipelineExecutionSteps"]:
            token = step.get("Metadata", {}).get("Callback", {}).get("CallbackToken")
            if token and step["StepStatus"] in ("Starting", *_RUNNING):
                failure = {"CallbackToken": token, "FailureReason": _REASON}
                _unless_over(api, "send_pipeline_execution_step_failure", **failure)
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]


def _unless_over(api: ExecutionsApi, operation: str, **arguments: Any) -> None:
    """Call, and take it that something has ended meanwhile where the API refuses."""
    try:
        api.call(operation, **arguments)
    except Exception as error:
        if api.code_of(error) not in ("ValidationException", "ResourceNotFound", "ConflictException"):
            raise
