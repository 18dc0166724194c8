"""Steps that leave the work to others: a function that answers, or a queue from which someone calls back."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, cast

from emulator.pipelines.attempts import Attempt, StepEnd, StepRunner, failed, refused
from emulator.shapes.errors import ServiceError

_POLL_SECONDS = 0.05
_TOKEN_LENGTH = 10
_MOST_OUTPUTS, _LONGEST_OUTPUT = 50, 1_024


class FunctionCalls(StepRunner):
    """Lambda steps."""

    def run(self, attempt: Attempt) -> StepEnd:
        """Invoke the function with the arguments; what it returns are the outputs. A stop waits for it."""
        function = attempt.body["FunctionArn"]
        request = {"FunctionName": function, "Payload": json.dumps(attempt.arguments).encode()}
        try:
            answer = attempt.services.other("lambda", "Invoke", request)
        except ServiceError as error:
            return refused("lambda:InvokeFunction", error)
        payload = answer["Payload"]
        returned: Any = json.loads((payload.read() if hasattr(payload, "read") else payload) or b"null")
        given = cast(dict[str, Any], returned) if isinstance(returned, dict) else {}
        if answer.get("FunctionError"):
            return failed(f"ClientError: The function {function} failed: {given.get('errorMessage', returned)}")
        outputs, missing = _outputs(attempt, given)
        if missing:
            return failed(f"ClientError: The function returned no {', '.join(missing)}, got: {json.dumps(returned)}")
        attempt.tell({"Lambda": {"Arn": function, "OutputParameters": _listed(outputs)}})
        status = "Stopped" if attempt.stop.is_set() else "Succeeded"
        return StepEnd(status=status, result={"OutputParameters": outputs})


@dataclass
class _Call:
    """A callback that is waited for."""

    execution_arn: str
    answered: Event = field(default_factory=Event)
    outputs: Mapping[str, str] | None = None
    reason: str = ""


class Callbacks(StepRunner):
    """Callback steps: a message with a token, and whoever has it says how it went."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._lock = Lock()

    def run(self, attempt: Attempt) -> StepEnd:
        """Send the message and wait for the answer, which an execution that stops needs as well."""
        letters = string.ascii_letters + string.digits
        token = "".join(secrets.choice(letters) for _ in range(_TOKEN_LENGTH))
        queue, call = attempt.body["SqsQueueUrl"], _Call(attempt.execution_arn)
        with self._lock:
            self._calls[token] = call
        told = {"CallbackToken": token, "SqsQueueUrl": queue}
        try:
            self._send(attempt, token, "Executing")
            attempt.tell({"Callback": told})
            announced = False
            while not call.answered.wait(_POLL_SECONDS):
                if attempt.stop.is_set() and not announced:
                    announced = True
                    self._send(attempt, token, "Stopping")
        except ServiceError as error:
            return refused("sqs:SendMessage", error)
        finally:
            with self._lock:
                self._calls.pop(token, None)
        if call.outputs is None:
            return failed(call.reason)
        outputs, missing = _outputs(attempt, call.outputs)
        if missing:
            return failed(f"ClientError: The callback named no {', '.join(missing)}.")
        attempt.tell({"Callback": {**told, "OutputParameters": _listed(outputs)}})
        status = "Stopped" if attempt.stop.is_set() else "Succeeded"
        return StepEnd(status=status, result={"OutputParameters": outputs})

    def succeeded(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer SendPipelineExecutionStepSuccess."""
        outputs = {each["Name"]: each["Value"] for each in request.get("OutputParameters", [])}
        return self._answer(request["CallbackToken"], outputs, "")

    def failed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer SendPipelineExecutionStepFailure."""
        return self._answer(request["CallbackToken"], None, request.get("FailureReason") or "The callback failed.")

    def _answer(self, token: str, outputs: Mapping[str, str] | None, reason: str) -> dict[str, Any]:
        with self._lock:
            call = self._calls.get(token)
            if call is None:
                raise ServiceError("ResourceNotFound", f"No step waits for the callback token {token}.")
            if call.answered.is_set():
                raise ServiceError("ConflictException", f"The callback token {token} was answered already.")
            call.outputs, call.reason = outputs, reason
            call.answered.set()
        return {"PipelineExecutionArn": call.execution_arn}

    @staticmethod
    def _send(attempt: Attempt, token: str, status: str) -> None:
        message = {
            "token": token,
            "pipelineExecutionArn": attempt.execution_arn,
            "stepName": attempt.name,
            "status": status,
            "arguments": dict(attempt.arguments),
        }
        request = {"QueueUrl": attempt.body["SqsQueueUrl"], "MessageBody": json.dumps(message)}
        attempt.services.other("sqs", "SendMessage", request)


def _outputs(attempt: Attempt, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The declared outputs among what was given, and those that were not."""
    parameters: list[Mapping[str, str]] = attempt.body.get("OutputParameters") or []
    declared = [each["OutputName"] for each in parameters]
    return {name: given[name] for name in declared if name in given}, [name for name in declared if name not in given]


def _listed(outputs: Mapping[str, Any]) -> list[dict[str, str]]:
    shown = [*outputs.items()][:_MOST_OUTPUTS]
    return [{"Name": name, "Value": str(value)[:_LONGEST_OUTPUT]} for name, value in shown]
