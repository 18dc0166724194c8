"""What a job is told of the two variants that it compares: it reaches nothing itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lambdas.monitor.monitor import Monitor, MonitorCalls, ReportFiles
from lambdas.monitor.windows import Window

_HOUR_SECONDS = 3600
_MILLISECONDS = 1000
_MEASURED = (
    ("Invocations", "Sum"),
    ("InvocationModelErrors", "Sum"),
    ("ModelLatency", "p50"),
    ("ModelLatency", "p99"),
)
SIDES = ("champion", "challenger")


@dataclass(frozen=True)
class ComparedVariants:
    """The two variants of an endpoint.

    Args:
        monitor: The comparison.
        variants: ``variant`` and ``model`` of the champion and of the challenger.
        files: Where it is left.
        sagemaker: Describes models and the endpoint.
        cloudwatch: Says how fast they answer.
    """

    monitor: Monitor
    variants: Mapping[str, Mapping[str, str]]
    files: ReportFiles
    sagemaker: MonitorCalls
    cloudwatch: MonitorCalls

    def describe(self, window: Window) -> None:
        """Leave what the job of a window reads."""
        counted = self._counted(window)
        models = {side: self.variants[side]["model"] for side in SIDES}
        document: dict[str, Any] = {
            side: {"model": models[side], "package": self._package(models[side]), "hours": counted[side]}
            for side in SIDES
        }
        document["since"] = self._since(models, window)
        self.files.write(self.monitor.reports.below("operation/operation.json"), document)

    def _since(self, models: Mapping[str, str], window: Window) -> str:
        """Since when the endpoint serves these two, which is noted when that is seen first."""
        place = self.monitor.reports.below("pair.json")
        known = self.files.read(place)
        if known and known["models"] == dict(models):
            return str(known["since"])
        described = self.sagemaker.call("describe_endpoint", EndpointName=self.monitor.endpoint)
        if described["EndpointStatus"] != "InService":
            # Nobody knows yet which of them answers.
            return _time(window.end)
        since = _time(described["LastModifiedTime"])
        self.files.write(place, {"models": dict(models), "since": since})
        return since

    def _package(self, model: str) -> str:
        described = self.sagemaker.call("describe_model", ModelName=model)
        containers: list[Mapping[str, Any]] = [
            described.get("PrimaryContainer") or {},
            *described.get("Containers", []),
        ]
        return next((str(each["ModelPackageName"]) for each in containers if each.get("ModelPackageName")), "")

    def _counted(self, window: Window) -> dict[str, list[list[Any]]]:
        """By side, what each hour has: its start, requests, failed ones, and two percentiles in milliseconds."""
        queries = {
            f"{side}{number}": (side, number, self._query(f"{side}{number}", side, *measured))
            for side in SIDES
            for number, measured in enumerate(_MEASURED)
        }
        found: dict[str, dict[str, list[float | None]]] = {side: {} for side in SIDES}
        for result in self._results([each for *_, each in queries.values()], window):
            side, number, _ = queries[result["Id"]]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                hour = found[side].setdefault(_time(moment), [0.0, 0.0, None, None])
                hour[number] = float(value) / (_MILLISECONDS if number > 1 else 1)
        return {side: [[start, *hours[start]] for start in sorted(hours)] for side, hours in found.items()}

    def _query(self, identifier: str, side: str, name: str, statistic: str) -> dict[str, Any]:
        dimensions = {"EndpointName": self.monitor.endpoint, "VariantName": self.variants[side]["variant"]}
        return {
            "Id": identifier,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": name,
                    "Dimensions": [{"Name": each, "Value": value} for each, value in dimensions.items()],
                },
                "Period": _HOUR_SECONDS,
                "Stat": statistic,
            },
        }

    def _results(self, queries: list[dict[str, Any]], window: Window) -> Iterator[Mapping[str, Any]]:
        asked = {"MetricDataQueries": queries, "StartTime": window.start, "EndTime": window.end}
        while True:
            page = self.cloudwatch.call("get_metric_data", **asked)
            yield from page["MetricDataResults"]
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _time(moment: Any) -> str:
    given = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return f"{given.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
