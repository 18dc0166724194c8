"""Scheduled actions of Application Auto Scaling: at their time they move the bounds, and the capacity with them.

Schedules follow the clock, not the emulator's faster minutes. What was due while the emulator was down is left out.
https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
"""

from __future__ import annotations

import datetime
import time
import zoneinfo
from collections.abc import Mapping
from typing import Any

from emulator.ministack import hooks
from emulator.services.application_autoscaling.scalable_resources import ScalableResources, Target


class ScheduledActions:
    """Carries out scheduled actions.

    Args:
        resources: What is scaled.
    """

    def __init__(self, resources: ScalableResources) -> None:
        self._resources = resources
        self._looked: dict[str, float] = {}

    def act(self) -> None:
        """Carry out what became due since the last look."""
        self._resources.visit(self._look)

    def _look(self, target: Target) -> None:
        now = time.time()
        for action in self._resources.autoscaling.actions(target):
            since = self._looked.get(action["ScheduledActionARN"], now)
            self._looked[action["ScheduledActionARN"]] = now
            due = next_time(action, since)
            if due is not None and due <= now and not target["SuspendedState"]["ScheduledScalingSuspended"]:
                self._carry_out(target, action)

    def _carry_out(self, target: Target, action: Mapping[str, Any]) -> None:
        bounds: Mapping[str, int] = action.get("ScalableTargetAction") or {}
        named = {name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
        self._resources.autoscaling.call("RegisterScalableTarget", {**named, **bounds})
        current = self._resources.current(target)
        if current is None:
            return
        moved = {**target, **bounds}
        capacity = max(int(moved["MinCapacity"]), min(int(moved["MaxCapacity"]), current))
        if capacity != current:
            cause = f"scheduled action name {action['ScheduledActionName']} was triggered"
            self._resources.change(target, capacity, cause)


def next_time(action: Mapping[str, Any], since: float) -> float | None:
    """When an action with an `at(…)`, `rate(…)` or `cron(…)` schedule is next due after a time; None for never.

    Args:
        action: The scheduled action; its Timezone is UTC by default.
        since: Seconds since the epoch.
    """
    since = max(since, float(action.get("StartTime") or 0))
    schedule, zone = str(action["Schedule"]).strip(), zoneinfo.ZoneInfo(action.get("Timezone") or "UTC")
    if schedule.startswith("at("):
        moment = datetime.datetime.fromisoformat(schedule[3:-1]).replace(tzinfo=zone).timestamp()
        due = moment if moment > since else None
    elif schedule.startswith("rate("):
        number, unit = schedule[5:-1].split()
        seconds = int(number) * {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
        began = float(action.get("StartTime") or action["CreationTime"])
        due = began + (max(0, since - began) // seconds + 1) * seconds
    else:
        events = hooks.module("ministack.services.eventbridge")
        fields = events._parse_cron_fields(schedule)
        after = datetime.datetime.fromtimestamp(since, zone)
        found: datetime.datetime | None = events._cron_next_fire(fields, after) if fields else None
        due = found.timestamp() if found else None
    ended = due is not None and action.get("EndTime") and due > float(action["EndTime"])
    return None if ended else due
