"""Conditions of stages: whether an alarm went off."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack import hooks
from emulator.services.clock import shortened
from emulator.services.cloudwatch.alarms import rang

_POLL_SECONDS = 0.2


def unmet(condition: Mapping[str, Any], since: float, stopped: Callable[[], bool]) -> str:
    """Why a condition is not met, or nothing; waits as long as its rules say, in minutes of the emulator.

    Args:
        condition: As declared.
        since: When what it judges began.
        stopped: Whether to wait no longer.
    """
    rules = condition.get("rules", ())
    for each in rules:
        if each["ruleTypeId"]["provider"] != "CloudWatchAlarm":
            return f"The emulator has no rule {each['ruleTypeId']['provider']}, only CloudWatchAlarm."
        states = str(each["configuration"].get("AlarmStates", "ALARM"))
        if states != "ALARM":
            return f"The emulator watches for ALARM, not for {states}."
        name = str(each["configuration"]["AlarmName"])
        if not _is_there(name):
            return f"Alarm {name} does not exist."
    began = time.time()
    while True:
        for each in rules:
            settings: Mapping[str, str] = each["configuration"]
            waits = shortened(60 * float(settings.get("WaitTime", 0)))
            if time.time() - began <= waits + _POLL_SECONDS and rang(settings["AlarmName"], since):
                return f"Alarm {settings['AlarmName']} is in the state ALARM."
        longest = max((float(each["configuration"].get("WaitTime", 0)) for each in rules), default=0)
        if stopped() or time.time() - began >= shortened(60 * longest):
            return ""
        time.sleep(_POLL_SECONDS)


def _is_there(name: str) -> bool:
    cloudwatch = hooks.module("ministack.services.cloudwatch")
    return bool(cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name))
