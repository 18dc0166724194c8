"""The alarms of monitors, as CloudWatch tells of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.report.executions import Clients

_NAMESPACE = "SageMakerConstructs/Monitoring"
_SEVERITY = re.compile(r"\bSeverity: (warning|critical)\b")
_RUNBOOK = re.compile(r"What to do: (\S+)")


@dataclass(frozen=True)
class AlarmOfMonitor:
    """An alarm that tells somebody."""

    name: str
    state: str
    since: datetime
    says: str
    severity: str
    runbook: str

    @property
    def kind(self) -> str:
        """What the runbook calls it, such as ``drifted``."""
        return self.runbook.partition("#")[2] or self.name


def alarms_by_monitor(clients: Clients) -> Mapping[str, Sequence[AlarmOfMonitor]]:
    """Alarms by the name of their monitor: those on its metrics, and those that are made of such ones."""
    pages = clients.client("cloudwatch").get_paginator("describe_alarms")
    metric: list[Mapping[str, Any]] = []
    composite: list[Mapping[str, Any]] = []
    for page in pages.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        metric += page.get("MetricAlarms", [])
        composite += page.get("CompositeAlarms", [])
    of_name = {
        str(each["AlarmName"]): dimension["Value"]
        for each in metric
        if each.get("Namespace") == _NAMESPACE
        for dimension in each["Dimensions"]
        if dimension["Name"] == "Monitor"
    }
    found: dict[str, list[AlarmOfMonitor]] = {}
    for each in metric:
        if monitor := of_name.get(str(each["AlarmName"])):
            found.setdefault(monitor, []).append(_alarm(each))
    for each in composite:
        monitors = {monitor for name, monitor in of_name.items() if f'"{name}"' in str(each["AlarmRule"])}
        for monitor in monitors:
            found.setdefault(monitor, []).append(_alarm(each))
    # Those without a severity are parts of others, and tell nobody.
    return {
        monitor: sorted(
            (each for each in listed if each.severity), key=lambda each: (each.state != "ALARM", each.kind)
        )
        for monitor, listed in found.items()
    }


def _alarm(told: Mapping[str, Any]) -> AlarmOfMonitor:
    text = str(told.get("AlarmDescription") or "")
    severity, runbook = _SEVERITY.search(text), _RUNBOOK.search(text)
    return AlarmOfMonitor(
        name=str(told["AlarmName"]),
        state=str(told["StateValue"]),
        since=told["StateUpdatedTimestamp"],
        says=text.partition(" Severity: ")[0],
        severity=severity[1] if severity else "",
        runbook=runbook[1] if runbook else "",
    )
