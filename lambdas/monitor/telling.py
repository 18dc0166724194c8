"""What CloudWatch and EventBridge are told of a monitor."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.monitor.monitor import MonitorCalls

NAMESPACE = "SageMakerConstructs/Monitoring"
SOURCE = "sagemaker-constructs.monitoring"
ENDED, FAILED = "Drift Monitor Run Ended", "Drift Monitor Run Failed"


@dataclass(frozen=True)
class Telling:
    """Metrics and events of one monitor.

    Args:
        name: What metrics and events call it.
        endpoint: The endpoint that is watched; empty for a prefix.
        cloudwatch: Takes metrics.
        events: Takes events.
    """

    name: str
    endpoint: str
    cloudwatch: MonitorCalls
    events: MonitorCalls

    def count(self, values: Mapping[str, float], more: Iterable[tuple[str, Mapping[str, str], float]] = ()) -> None:
        """Publish values by the name of their metric, and ``more`` with their name and other dimensions."""
        every = [*((name, dict[str, str](), value) for name, value in values.items()), *more]
        data = [
            {
                "MetricName": name,
                "Dimensions": [{"Name": each, "Value": shown} for each, shown in self._named(dimensions)],
                "Value": value,
            }
            for name, dimensions, value in every
        ]
        self.cloudwatch.call("put_metric_data", Namespace=NAMESPACE, MetricData=data)

    def _named(self, dimensions: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        return {"Monitor": self.name, **dimensions}.items()

    def tell(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Send an event, and write it to the log."""
        whole = {"version": 1, "monitor": self.name, "endpoint": self.endpoint, **detail}
        # The log is where somebody looks who asks why a model was trained again.
        print(json.dumps({"told": kind, **whole}))
        entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(whole)}
        answer = self.events.call("put_events", Entries=[entry])
        if answer.get("FailedEntryCount"):
            raise RuntimeError(f"EventBridge did not take the event: {answer['Entries']}")
