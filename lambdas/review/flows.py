"""Human review workflows of Amazon A2I, for which CloudFormation has no type."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_GONE = frozenset({"ResourceNotFound", "ValidationException"})
_ROLE = "role"


class FlowApi(Protocol):
    """Calls of SageMaker."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


class FlowFailedError(RuntimeError):
    """SageMaker has not made the workflow."""


@dataclass(frozen=True)
class FlowWaits:
    """How often a workflow is looked for, or tried again where its role is too new, and the pause between."""

    tries: int = 40
    seconds: float = 5.0
    sleep: Callable[[float], None] = time.sleep


def deploy_flow(event: Mapping[str, Any], api: FlowApi, patience: FlowWaits | None = None) -> tuple[str, str]:
    """Make the workflow that is asked for, or delete it; returns its name and its ARN.

    Another content is another workflow, under a name that follows from the content: CloudFormation deletes the one
    before when the stack is through, and comes back to it where it is not. Raises ``FlowFailedError``.
    """
    if event["RequestType"] == "Delete":
        return _deleted(str(event["PhysicalResourceId"]), api), ""
    properties, waits = event["ResourceProperties"], patience or FlowWaits()
    request = json.loads(properties["Request"])
    content = json.dumps(request, sort_keys=True).encode()
    name = f"{properties['Prefix']}-{hashlib.sha256(content).hexdigest()[:8]}"
    _create(name, request, api, waits)
    for _ in range(waits.tries):
        flow = api.call("describe_flow_definition", FlowDefinitionName=name)
        if flow["FlowDefinitionStatus"] == "Active":
            return name, str(flow["FlowDefinitionArn"])
        if flow["FlowDefinitionStatus"] == "Failed":
            _deleted(name, api)
            raise FlowFailedError(f"{name}: {flow.get('FailureReason') or 'SageMaker gave no reason'}")
        waits.sleep(waits.seconds)
    raise FlowFailedError(f"{name} was not Active after {waits.tries * waits.seconds:.0f} seconds")


def _create(name: str, request: Mapping[str, Any], api: FlowApi, waits: FlowWaits) -> None:
    for attempt in range(1, waits.tries + 1):
        try:
            api.call("create_flow_definition", FlowDefinitionName=name, **request)
            return
        except Exception as error:
            code = api.code_of(error)
            if code == "ResourceInUse":
                # This content was made before: the request comes again, or a rollback goes back to it.
                return
            too_new = code == "ValidationException" and _ROLE in str(error).lower()
            if not too_new or attempt == waits.tries:
                raise
            waits.sleep(waits.seconds)


def _deleted(name: str, api: FlowApi) -> str:
    try:
        api.call("delete_flow_definition", FlowDefinitionName=name)
    except Exception as error:
        # What was never made has an id that is no name.
        if api.code_of(error) not in _GONE:
            raise
    return name
