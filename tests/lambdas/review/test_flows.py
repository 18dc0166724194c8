"""Human review workflows are made, awaited, found again and deleted."""

import json
from typing import Any

import pytest

from lambdas.review.flows import FlowFailedError, FlowWaits, deploy_flow

REQUEST = {"RoleArn": "arn:aws:iam::123456789012:role/r", "HumanLoopConfig": {"TaskTitle": "Look"}}
CREATE = {"RequestType": "Create", "ResourceProperties": {"Prefix": "cats", "Request": json.dumps(REQUEST)}}


class RefusedError(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.code = code


class Flows:
    """SageMaker with its workflows: their statuses come one after the other."""

    def __init__(self, *statuses: str, refusals: int = 0) -> None:
        self.flows: dict[str, Any] = {}
        self.statuses = list(statuses)
        self.refusals = refusals

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        name = arguments["FlowDefinitionName"]
        if operation == "create_flow_definition":
            if self.refusals:
                self.refusals -= 1
                raise RefusedError("ValidationException", "Could not assume the Role")
            if name in self.flows:
                raise RefusedError("ResourceInUse")
            self.flows[name] = arguments
        elif name not in self.flows:
            raise RefusedError("ResourceNotFound")
        elif operation == "delete_flow_definition":
            del self.flows[name]
        else:
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            return {"FlowDefinitionStatus": status, "FlowDefinitionArn": f"arn:{name}", "FailureReason": "no team"}
        return {}

    def code_of(self, error: Exception) -> str | None:
        return error.code if isinstance(error, RefusedError) else None


def _patience(slept: list[float]) -> FlowWaits:
    return FlowWaits(tries=3, sleep=slept.append)


def test_a_flow_is_made_once_and_is_active_when_the_stack_goes_on() -> None:
    api, slept = Flows("Initializing", "Active", refusals=1), list[float]()
    name, arn = deploy_flow(CREATE, api, _patience(slept))
    assert name.startswith("cats-")
    assert arn == f"arn:{name}"
    assert api.flows[name] == {"FlowDefinitionName": name, **REQUEST}
    assert len(slept) == 2
    assert deploy_flow(CREATE, api) == (name, arn)
    other = {**CREATE, "ResourceProperties": {"Prefix": "cats", "Request": json.dumps({**REQUEST, "RoleArn": "r"})}}
    assert deploy_flow(other, api)[0] != name
    assert len(api.flows) == 2


def test_a_flow_that_fails_is_gone_and_says_why() -> None:
    api = Flows("Failed")
    with pytest.raises(FlowFailedError, match="no team"):
        deploy_flow(CREATE, api)
    assert api.flows == {}
    with pytest.raises(FlowFailedError, match="not Active after 15 seconds"):
        deploy_flow(CREATE, Flows("Initializing"), _patience([]))
    with pytest.raises(RefusedError, match="Could not assume"):
        deploy_flow(CREATE, Flows("Active", refusals=9), _patience([]))


def test_a_flow_is_deleted_if_it_is_there() -> None:
    api = Flows("Active")
    name, _ = deploy_flow(CREATE, api)
    gone = {"RequestType": "Delete", "PhysicalResourceId": name}
    assert deploy_flow(gone, api) == deploy_flow(gone, api) == (name, "")
    assert api.flows == {}
