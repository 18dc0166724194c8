"""What of serving a deployment rolls, interrupts or ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.plan.changes import ChangeAction, ResourceChange

_ENDPOINT = "AWS::SageMaker::Endpoint"
_COMPONENT = "AWS::SageMaker::InferenceComponent"
_ADDRESSES: Mapping[str, str] = {
    "AWS::ApiGateway::ApiKey": "the API key is another one",
    "AWS::ApiGateway::RestApi": "its URL is another one",
    "AWS::ApiGatewayV2::Api": "its URL is another one",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "its address is another one",
    "AWS::Lambda::Url": "its URL is another one",
}
"""What callers notice when a resource of a type is replaced."""


@dataclass(frozen=True)
class Interruption:
    """What callers notice: ``kind`` is ``rolls``, ``blinks`` or ``ends``.

    An endpoint that rolls answers all the time. One that blinks is gone for a while, or for whoever has the old name.
    """

    stack: str
    logical_id: str
    type: str
    kind: str
    message: str
    certain: bool = True


def interruptions(changes: Sequence[ResourceChange]) -> tuple[Interruption, ...]:
    """What callers of endpoints and APIs notice of ``changes``."""
    return tuple(each for change in changes for each in _interruptions(change))


def _interruptions(change: ResourceChange) -> Iterator[Interruption]:
    if change.type not in (_ENDPOINT, _COMPONENT, *_ADDRESSES):
        return
    if change.action in (ChangeAction.DELETE, ChangeAction.KEEP):
        yield _told(
            change,
            "ends",
            "nothing answers any more" if change.action is ChangeAction.DELETE else "it stays, unmanaged",
        )
    elif change.action.replaces:
        reasons = ", ".join(map(str, change.reasons))
        noticed = _ADDRESSES.get(change.type, "callers of the old name get errors")
        yield _told(change, "blinks", f"replaced for {reasons}: {noticed}")
    elif change.type == _ENDPOINT and change.changes("EndpointConfigName"):
        yield _told(change, "rolls", _way(change))
    elif change.type == _COMPONENT and change.changes("Specification"):
        yield _told(change, "rolls", "its copies are replaced in batches, beside the old ones if there is room")


def _way(change: ResourceChange) -> str:
    deployment: Mapping[str, Any] = change.properties_after.get("DeploymentConfig") or {}
    rollback: Mapping[str, Any] = deployment.get("AutoRollbackConfiguration") or {}
    alarms: Sequence[Any] = rollback.get("Alarms") or ()
    back = f"; {len(alarms)} alarms take it back" if alarms else "; no alarm takes it back"
    rolling: Mapping[str, Any] = deployment.get("RollingUpdatePolicy") or {}
    if rolling:
        return f"rolling update, {_size(rolling.get('MaximumBatchSize'))} at a time{back}"
    policy: Mapping[str, Any] = deployment.get("BlueGreenUpdatePolicy") or {}
    routing: Mapping[str, Any] = policy.get("TrafficRoutingConfiguration") or {}
    waits = f", {routing.get('WaitIntervalInSeconds')} s apart" if routing.get("WaitIntervalInSeconds") else ""
    match routing.get("Type"):
        case "CANARY":
            return f"canary of {_size(routing.get('CanarySize'))}, then all{waits}{back}"
        case "LINEAR":
            return f"linear, {_size(routing.get('LinearStepSize'))} at a time{waits}{back}"
        case _:
            return f"blue/green, all at once{back}"


def _size(size: Any) -> str:
    given: Mapping[str, Any] = size or {}
    value, kind = given.get("Value", "?"), given.get("Type", "")
    return f"{value} %" if kind == "CAPACITY_PERCENT" else f"{value} instances"


def _told(change: ResourceChange, kind: str, message: str) -> Interruption:
    deciding = [each for each in change.properties if each.path.startswith(("EndpointConfigName", "Specification"))]
    certain = change.action is not ChangeAction.MAY_REPLACE and all(each.certain for each in deciding)
    return Interruption(change.stack, change.logical_id, change.type, kind, message, certain)
