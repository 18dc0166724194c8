"""Deployment guardrails: how traffic moves to a new deployment, and what turns it back.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html. Bake times and termination waits
pass `EMULATOR_TIME_FACTOR` times faster than in AWS.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.services.clock import shortened
from emulator.services.cloudwatch import alarms

_LOOK_SECONDS = 0.05


class RolledBackError(Exception):
    """An alarm rang while the new deployment was watched; the message is the endpoint's failure reason."""


@dataclass(frozen=True)
class TrafficShift:
    """The course of a deployment.

    Args:
        shares: Part of the traffic that the new deployment gets, step by step; the last is 1.
        bake_seconds: Watched after each step, in seconds of AWS.
        termination_seconds: Watched after the last step before the old deployment ends, likewise.
        alarms: Names of the alarms that turn it back.
    """

    shares: Sequence[float] = (1.0,)
    bake_seconds: float = 0
    termination_seconds: float = 0
    alarms: Sequence[str] = ()


def rollout_of(configuration: Mapping[str, Any] | None, instances: int) -> TrafficShift:
    """Read a DeploymentConfig; none means all at once without a watch.

    Args:
        configuration: The DeploymentConfig of CreateEndpoint or UpdateEndpoint.
        instances: Instances of all variants, of which an INSTANCE_COUNT is a part.
    """
    given: Mapping[str, Any] = configuration or {}
    automatic: Mapping[str, Any] = given.get("AutoRollbackConfiguration") or {}
    watched = [alarm["AlarmName"] for alarm in automatic.get("Alarms", [])]
    if rolling := given.get("RollingUpdatePolicy"):
        steps = _equal_steps(_share(rolling["MaximumBatchSize"], instances))
        return TrafficShift(steps, rolling["WaitIntervalInSeconds"], 0, watched)
    policy = given.get("BlueGreenUpdatePolicy")
    if not policy:
        return TrafficShift(alarms=watched)
    routing = policy["TrafficRoutingConfiguration"]
    shares: Sequence[float] = (1.0,)
    if routing["Type"] == "CANARY":
        shares = (_share(routing["CanarySize"], instances), 1.0)
    elif routing["Type"] == "LINEAR":
        shares = _equal_steps(_share(routing["LinearStepSize"], instances))
    return TrafficShift(shares, routing["WaitIntervalInSeconds"], policy.get("TerminationWaitInSeconds", 0), watched)


def _share(size: Mapping[str, Any], instances: int) -> float:
    whole = 100 if size["Type"] == "CAPACITY_PERCENT" else max(1, instances)
    return min(1.0, size["Value"] / whole)


def _equal_steps(share: float) -> list[float]:
    return [min(1.0, share * step) for step in range(1, math.ceil(round(1 / share, 6)) + 1)]


def carry_out(rollout: TrafficShift, shift: Callable[[float], None]) -> None:
    """Move the traffic step by step; blocks until the old deployment may end.

    Args:
        rollout: The course.
        shift: Called with the new deployment's share at each step.

    Raises:
        RolledBackError: One of the alarms was in ALARM during a step.
    """
    for share in rollout.shares:
        shift(share)
        _watch(rollout.alarms, shortened(rollout.bake_seconds))
    _watch(rollout.alarms, shortened(rollout.termination_seconds))


def _watch(names: Sequence[str], seconds: float) -> None:
    began = time.time()
    end = time.monotonic() + seconds
    while True:
        ringing = [name for name in names if alarms.rang(name, began)]
        if ringing:
            raise RolledBackError(
                "The endpoint was rolled back to its former configuration: one or more of the alarms of "
                f"AutoRollbackConfiguration are in ALARM state: {', '.join(ringing)}."
            )
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _LOOK_SECONDS))
