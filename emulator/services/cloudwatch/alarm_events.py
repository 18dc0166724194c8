"""CloudWatch tells EventBridge of every change of an alarm's state."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emulator.ministack import hooks
from emulator.ministack.hooks import Publish

_EVENT = "CloudWatch Alarm State Change"


class AlarmEvents:
    """Tells of alarms of metrics, and of composite ones.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def listen(self) -> None:
        """Tell of every change from here on."""
        hooks.observe_alarm_states(self._tell)

    def _tell(self, alarm: Mapping[str, Any], before: str, now: str, reason: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        metrics = [_metric(alarm)] if alarm.get("MetricName") else alarm.get("Metrics") or []
        configuration = {
            "description": alarm.get("AlarmDescription") or "",
            **({"alarmRule": alarm["AlarmRule"]} if alarm.get("AlarmRule") else {"metrics": metrics}),
        }
        detail = {
            "alarmName": alarm["AlarmName"],
            "state": {"value": now, "reason": reason, "timestamp": moment},
            "previousState": {"value": before},
            "configuration": configuration,
        }
        scope, told = hooks.current_scope(), json.dumps(detail, default=str)
        # The state may change within a request whose answer waits for this.
        event = (scope, _EVENT, told, (alarm["AlarmArn"],))
        threading.Thread(target=self._publish, args=event, daemon=True).start()


def _metric(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    given: list[Mapping[str, str]] = alarm.get("Dimensions") or []
    dimensions = {each["Name"]: each["Value"] for each in given}
    metric = {"namespace": alarm.get("Namespace"), "name": alarm["MetricName"], "dimensions": dimensions}
    stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    return {"id": "m1", "metricStat": {"metric": metric, "period": alarm.get("Period"), "stat": stat}}
