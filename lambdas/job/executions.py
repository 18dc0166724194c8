"""Executions of the state machine: one for each request, and one at a time for each resource."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class StatesApi(Protocol):
    """The calls of Step Functions that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of the Step Functions API."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class Executions:
    """Whatever CloudFormation asks for next ends what it has asked for the same resource before.

    A stack that is deleted while its job is being created is such a case. An execution that was ended is a mark that
    stays: it ends no call that is under way, but whoever has made one looks for the mark afterwards.
    """

    states: StatesApi

    def begin(self, request: Mapping[str, Any], began: int) -> None:
        """Hand a request over; Lambda repeats one whose function has died, and the name is the same."""
        try:
            self.states.call(
                "start_execution",
                stateMachineArn=_machine(request),
                name=f"{_resource(request)}{request['RequestId']}",
                input=json.dumps({"Request": request, "Began": began}),
            )
        except Exception as error:
            if self.states.code_of(error) != "ExecutionAlreadyExists":
                raise

    def supersede(self, request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """End all others of the same resource; their requests, also of those that were ended before.

        Whoever ended one may have died before it could act on that.
        """
        for execution in self._others(request, "RUNNING"):
            try:
                self.states.call("stop_execution", executionArn=execution, cause="superseded")
            except Exception as error:
                # It may have ended between the two calls.
                if self.states.code_of(error) not in ("ExecutionDoesNotExist", "ValidationException"):
                    raise
        ended = [
            self.states.call("describe_execution", executionArn=execution)
            for execution in self._others(request, "ABORTED")
        ]
        return [json.loads(execution["input"])["Request"] for execution in ended]

    def is_superseded(self, execution: str) -> bool:
        """Whether somebody has ended it, or its state machine is gone."""
        try:
            return self.states.call("describe_execution", executionArn=execution)["status"] != "RUNNING"
        except Exception as error:
            if self.states.code_of(error) == "ExecutionDoesNotExist":
                return True
            raise

    def _others(self, request: Mapping[str, Any], status: str) -> Iterator[str]:
        more: dict[str, str] = {}
        while True:
            page = self.states.call("list_executions", stateMachineArn=_machine(request), statusFilter=status, **more)
            for each in page["executions"]:
                if each["name"].startswith(_resource(request)) and not each["name"].endswith(request["RequestId"]):
                    yield each["executionArn"]
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}


def _machine(request: Mapping[str, Any]) -> str:
    return request["ResourceProperties"]["StateMachine"]


def _resource(request: Mapping[str, Any]) -> str:
    """What the names of all executions of a resource begin with."""
    place = f"{request['StackId']} {request['LogicalResourceId']}"
    return f"{hashlib.sha256(place.encode()).hexdigest()[:16]}-"
