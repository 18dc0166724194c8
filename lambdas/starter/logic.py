"""Start the pipeline once for each event, one start at a time, and no more than may run at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.common.retried_queue import LaterError
from lambdas.starter.parameters import checked_parameters
from lambdas.starter.requests import BY_HAND, RefusedStartError, StartRequest
from lambdas.starter.table import BegunStart, Gate, StartTable

_REFUSALS = ("ValidationException", "ResourceNotFound")
_RUNNING = ("Executing", "Stopping")
_LONGEST_EXECUTION_SECONDS = 672 * 3600
_SHOWN_AFTER_SECONDS = 300
"""By then an execution is listed that was started."""
_STALE_SECONDS = 3600
_LONGEST_PAUSE_SECONDS = 12 * 3600
"""The longest that a message may be invisible."""


class PipelineApi(Protocol):
    """Calls of SageMaker and of DynamoDB."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class PipelineStarts:
    """Starts of ``pipeline``, of which ``most_at_once`` executions may run.

    A start is decided on by one transaction, and only then asked for, with a token by which SageMaker starts it once.
    Whoever finds a start that was decided on and not seen to end, asks for it again: so a function may be killed
    between any two calls.
    """

    pipeline: str
    most_at_once: int
    table: StartTable
    sagemaker: PipelineApi
    now: Callable[[], float]

    def begin_told(self, body: str) -> str | None:
        """Start what a message of a trigger asks for, as ``begin`` does."""
        return self.begin(StartRequest.of_message(body))

    def begin(self, request: StartRequest) -> str | None:
        """Start what is asked for, unless it has been; returns the execution's ARN, None where a later event of the
        trigger starts one.

        Raises ``RefusedStartError`` for what will never start, and ``LaterError`` for what has to wait.
        """
        token = request.token
        begun = self.table.begun(token)
        if begun and begun.state != "starting":
            return begun.arn or None
        gate = self.table.gate()
        if gate.starting and gate.starting != token:
            gate = self._help(gate)
        if begun is None and gate.starting != token:
            parameters = checked_parameters(self._definition(), request.parameters)
            if request.cool_down and not self._paced(request):
                return None
            self._count(gate)
            self._claim(gate, request, parameters)
        return self._finish(token)

    def _help(self, gate: Gate) -> Gate:
        """End the start that somebody else has left in the middle."""
        left = self.table.begun(gate.starting)
        if left and left.trigger == BY_HAND and self.now() - left.at > _STALE_SECONDS:
            # Nobody waits for it any more, as somebody does who comes back with a message.
            self.table.drop(gate.starting)
        else:
            try:
                self._finish(gate.starting)
            except RefusedStartError as refusal:
                # Whoever asked for it asks again, and is told.
                print(f"{gate.starting} was refused: {refusal}")
        return self.table.gate()

    def _definition(self) -> str:
        try:
            return self.sagemaker.call("describe_pipeline", PipelineName=self.pipeline)["PipelineDefinition"]
        except Exception as error:
            if self.sagemaker.code_of(error) in _REFUSALS:
                raise RefusedStartError(str(error)) from error
            raise

    def _paced(self, request: StartRequest) -> bool:
        """Whether it is this event's turn; False where a later one of the trigger waits for the same moment."""
        pace = self.table.pace(request.trigger)
        if pace.waiting != request.token:
            if (pace.waiting_time, pace.waiting) > (request.time, request.token):
                self.table.merge(request)
                return False
            self.table.wait(request, pace)
        left = pace.started_at + request.cool_down - self.now()
        if left > 0:
            reason = f"{request.trigger} started the pipeline less than {request.cool_down} s ago"
            raise LaterError(reason, min(int(left) + 1, _LONGEST_PAUSE_SECONDS))
        return True

    def _count(self, gate: Gate) -> None:
        executions = dict(self._executions())
        running = [status for status in executions.values() if status in _RUNNING]
        unlisted = gate.last_arn and gate.last_arn not in executions
        count = len(running) + bool(unlisted and self.now() - gate.last_at < _SHOWN_AFTER_SECONDS)
        if count >= self.most_at_once:
            raise LaterError(f"{count} of at most {self.most_at_once} executions are running")

    def _executions(self) -> Iterator[tuple[str, str]]:
        """ARN and status of each execution that can still be running."""
        asked: dict[str, Any] = {
            "PipelineName": self.pipeline,
            "CreatedAfter": int(self.now()) - _LONGEST_EXECUTION_SECONDS,
            "MaxResults": 100,
        }
        while True:
            page = self.sagemaker.call("list_pipeline_executions", **asked)
            for each in page["PipelineExecutionSummaries"]:
                yield each["PipelineExecutionArn"], each["PipelineExecutionStatus"]
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]

    def _claim(self, gate: Gate, request: StartRequest, parameters: list[dict[str, str]]) -> None:
        try:
            self.table.claim(gate, request, parameters)
        except Exception as error:
            if self.sagemaker.code_of(error) == "TransactionCanceledException":
                raise LaterError("another start came in between", 1) from error
            raise

    def _finish(self, token: str) -> str | None:
        """Ask for a start that was decided on, and note it."""
        begun = self.table.begun(token)
        if begun is None or begun.state != "starting":
            return begun.arn or None if begun else None
        arn = self._start(token, begun)
        try:
            self.table.settle(token, arn)
        except Exception as error:
            # Somebody who helped was faster.
            if self.sagemaker.code_of(error) != "TransactionCanceledException":
                raise
        return arn

    def _start(self, token: str, begun: BegunStart) -> str:
        try:
            return self.sagemaker.call(
                "start_pipeline_execution",
                PipelineName=self.pipeline,
                PipelineExecutionDisplayName=f"{begun.trigger}-{token[:12]}",
                PipelineParameters=begun.parameters,
                ClientRequestToken=token,
            )["PipelineExecutionArn"]
        except Exception as error:
            if self.sagemaker.code_of(error) in _REFUSALS:
                self.table.drop(token)
                raise RefusedStartError(str(error)) from error
            raise
