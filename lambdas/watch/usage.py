"""How busy the machines of a job are, as CloudWatch has it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lambdas.watch.job_log import CalledApi

_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_MOST_HOSTS = 100
_METRICS: Mapping[str, str] = {
    "CPU": "CPUUtilization",
    "GPU": "GPUUtilization",
    "memory": "MemoryUtilization",
    "GPU memory": "GPUMemoryUtilization",
}


def usage(
    cloudwatch: CalledApi, hosts: Sequence[str], wanted: Mapping[str, int], now: Callable[[], float]
) -> dict[str, list[float]]:
    """The busiest machine's percentage of each minute that has one, for each resource of ``wanted`` (its minutes).

    ``hosts`` are the machines as CloudWatch has them, such as ``job/algo-1``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    """
    queries: list[dict[str, Any]] = []
    for resource in wanted:
        for number, host in enumerate(hosts[:_MOST_HOSTS]):
            metric = {
                "Namespace": _NAMESPACE,
                "MetricName": _METRICS[resource],
                "Dimensions": [{"Name": "Host", "Value": host}],
            }
            key = f"m{[*_METRICS].index(resource)}x{number}"
            queries.append({"Id": key, "Label": resource, "MetricStat": _statistic(metric)})
    if not queries:
        return {}
    # One minute more than wanted: the current one is not over.
    begin = now() - 60 * (max(wanted.values()) + 1)
    answer = cloudwatch.call(
        "get_metric_data",
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(begin, UTC),
        EndTime=datetime.fromtimestamp(now(), UTC),
        ScanBy="TimestampAscending",
    )
    busiest: dict[str, dict[Any, float]] = {}
    for result in answer["MetricDataResults"]:
        resource = [*_METRICS][int(result["Id"][1:].partition("x")[0])]
        minutes = busiest.setdefault(resource, {})
        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
            minutes[at] = max(minutes.get(at, 0.0), float(value))
    return {resource: [minutes[at] for at in sorted(minutes)] for resource, minutes in busiest.items()}


def _statistic(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {"Metric": metric, "Period": 60, "Stat": "Average"}
