"""CloudWatch tells of invocations: counts, latencies, errors."""

import datetime
from typing import Any

import pytest

from harness.aws_clients import Clients, wait_for
from harness.serving_endpoints import deploy, variant

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}


@pytest.fixture(scope="module")
def measured(client: Clients, sagemaker: Any, echo_image: str) -> str:
    """An endpoint of two instances with three good answers, one error 418 and one death."""
    name = deploy(sagemaker, "measured", [variant(sagemaker, "main", echo_image, INSTANCES)])
    runtime = client("sagemaker-runtime")
    for _ in range(3):
        runtime.invoke_endpoint(EndpointName=name, Body=b"1")
    for body in (b"refuse", b"die"):
        with pytest.raises(runtime.exceptions.ModelError):
            runtime.invoke_endpoint(EndpointName=name, Body=body)
    return name


def window() -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    return {"StartTime": now - hour, "EndTime": now + hour}


@pytest.mark.parametrize(
    ("metric", "total"),
    [
        ("Invocations", 5),
        ("InvocationsPerInstance", 2.5),
        ("Invocation4XXErrors", 1),
        ("Invocation5XXErrors", 1),
        ("InvocationModelErrors", 2),
    ],
)
def test_counts(client: Clients, measured: str, metric: str, total: float) -> None:
    cloudwatch = client("cloudwatch")

    def sums() -> float:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": measured}, {"Name": "VariantName", "Value": "main"}],
            Period=3600,
            Statistics=["Sum"],
            **window(),
        )["Datapoints"]
        return sum(point["Sum"] for point in points)

    assert wait_for(sums, lambda found: found >= total) == total


@pytest.mark.parametrize("metric", ["ModelLatency", "OverheadLatency"])
def test_latencies_in_microseconds(client: Clients, measured: str, metric: str) -> None:
    cloudwatch = client("cloudwatch")
    dimensions = [{"Name": "EndpointName", "Value": measured}, {"Name": "VariantName", "Value": "main"}]

    def ask(statistic: str) -> list[float]:
        stat = {
            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions},
            "Period": 3600,
            "Stat": statistic,
        }
        asked = [{"Id": "asked", "MetricStat": stat}]
        return cloudwatch.get_metric_data(MetricDataQueries=asked, **window())["MetricDataResults"][0]["Values"]

    assert sum(wait_for(lambda: ask("SampleCount"), lambda found: sum(found) >= 5)) == 5
    median = ask("p50")[0]
    assert 0 < median < 60_000_000
    assert (median > 100) == (metric == "ModelLatency")
