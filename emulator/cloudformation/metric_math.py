"""`AWS::CloudWatch::Alarm` on metric math, which MiniStack refuses."""

from __future__ import annotations

from typing import Any

from emulator.ministack.hooks import cloudformation

Properties = dict[str, Any]


def add_metric_math() -> None:
    """Let alarms with `Metrics` be made; `emulator.services.cloudwatch.alarms` evaluates them."""
    provisioners = cloudformation("provisioners")
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Properties) -> Properties:
        queries: list[Properties] = properties.get("Metrics") or []
        if not queries:
            return original(name, properties)
        others = {key: value for key, value in properties.items() if key != "Metrics"}
        # The names are there to be taken off again: without them MiniStack refuses the alarm.
        made = original(name, {**others, "MetricName": "-", "Namespace": "-"})
        return {**made, "MetricName": "", "Namespace": "", "Metrics": queries}

    provisioners._cw_metric_alarm_record = record
