"""Metrics for CloudWatch in its embedded metric format: one log line for each worker and minute.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import math
import time
from asyncio import AbstractEventLoop
from collections import Counter

from serving.observed.metrics import Metrics

# CloudWatch takes up to 100 values of a metric in one line. Four for each doubling, 9 % from the truth at most, reach
# from 10 µs to 5 minutes; what is shorter or longer counts as the first or last.
_STEPS_PER_DOUBLING = 4
_SHORTEST_MILLISECONDS = 0.01
_LAST_STEP = 99
_NAMES = {2: "2xx", 4: "4xx", 5: "5xx"}


class EmbeddedMetrics(Metrics):
    """Counts as Metrics, and tells CloudWatch every `seconds` what this worker has done since.

    `Invocations`, `Invocations4xx`, `Invocations5xx` (counts) and `InvocationLatency` (milliseconds, as a histogram)
    in `namespace`; nothing is written about an interval without requests.
    """

    def __init__(self, workers: int, *, namespace: str, seconds: int) -> None:
        super().__init__(workers)
        self._namespace = namespace
        self._seconds = seconds
        self._statuses: Counter[str] = Counter()
        self._steps: Counter[int] = Counter()
        self._milliseconds: list[float] = [math.inf, 0.0, 0.0]

    def begin(self, loop: AbstractEventLoop) -> None:
        """Write a line at the end of each interval."""
        loop.call_later(self._seconds, self._report_again, loop)

    def end(self) -> None:
        """Write the line of the interval that has begun."""
        if self._statuses:
            print(json.dumps(self._line(time.time())), flush=True)
        self._statuses.clear()
        self._steps.clear()
        self._milliseconds = [math.inf, 0.0, 0.0]

    def count(self, status: int, seconds: float) -> None:
        """Count one invocation, its status and how long it took."""
        super().count(status, seconds)
        self._statuses[_NAMES[2 if status < 400 else 4 if status < 500 else 5]] += 1
        milliseconds = seconds * 1000
        doublings = math.log2(max(milliseconds / _SHORTEST_MILLISECONDS, 1.0))
        self._steps[min(round(doublings * _STEPS_PER_DOUBLING), _LAST_STEP)] += 1
        least, most, total = self._milliseconds
        self._milliseconds = [min(least, milliseconds), max(most, milliseconds), total + milliseconds]

    def _line(self, now: float) -> dict[str, object]:
        units = {
            "Invocations": "Count",
            "Invocations4xx": "Count",
            "Invocations5xx": "Count",
            "InvocationLatency": "Milliseconds",
        }
        directive: dict[str, object] = {
            "Namespace": self._namespace,
            "Dimensions": [[]],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
        }
        return {
            "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
            "Invocations": self._statuses.total(),
            "Invocations4xx": self._statuses["4xx"],
            "Invocations5xx": self._statuses["5xx"],
            "InvocationLatency": self._histogram(),
        }

    def _histogram(self) -> dict[str, list[float] | float]:
        steps = sorted(self._steps.items())
        least, most, total = self._milliseconds
        return {
            "Values": [round(_SHORTEST_MILLISECONDS * 2 ** (step / _STEPS_PER_DOUBLING), 6) for step, _ in steps],
            "Counts": [float(count) for _, count in steps],
            "Min": least,
            "Max": most,
            "Count": float(self._steps.total()),
            "Sum": total,
        }

    def _report_again(self, loop: AbstractEventLoop) -> None:
        self.end()
        self.begin(loop)
