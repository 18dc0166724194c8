"""Alarms see their own dimensions, several periods, and treat missing data as told."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import Clients, wait_for
from harness.deployed_stack import Stack, resource


@pytest.fixture
def cloudwatch(client: Clients) -> Any:
    return client("cloudwatch")


def dimensions(name: str) -> list[dict[str, str]]:
    return [{"Name": "EndpointName", "Value": name}]


def put(cloudwatch: Any, name: str, value: float) -> None:
    datum = {"MetricName": "Errors", "Value": value, "Dimensions": dimensions(name)}
    cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])


def alarm(cloudwatch: Any, name: str, **settings: Any) -> Any:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        **{
            "Namespace": "AWS/SageMaker",
            "MetricName": "Errors",
            "Dimensions": dimensions(name),
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            **settings,
        },
    )
    return lambda: cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def test_only_its_own_dimensions(cloudwatch: Any) -> None:
    state = alarm(cloudwatch, "own")
    put(cloudwatch, "other", 5)
    assert state() == "INSUFFICIENT_DATA"
    breach(cloudwatch, "own", state)


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "INSUFFICIENT_DATA"),
    ],
)
def test_missing_data(cloudwatch: Any, treatment: str, expected: str) -> None:
    state = alarm(cloudwatch, f"empty-{treatment}", TreatMissingData=treatment)
    assert wait_for(state, lambda found: found == expected) == expected


def breach(cloudwatch: Any, name: str, state: Callable[[], str]) -> None:
    """Put data above the threshold until the alarm sees it: a period lasts a second, which a busy machine misses."""

    def put_and_ask() -> str:
        put(cloudwatch, name, 5)
        return state()

    wait_for(put_and_ask, lambda found: found == "ALARM")


def test_an_alarm_ends_with_its_data(cloudwatch: Any) -> None:
    state = alarm(cloudwatch, "ends", TreatMissingData="notBreaching")
    breach(cloudwatch, "ends", state)
    wait_for(state, lambda found: found == "OK")


def test_several_periods(cloudwatch: Any) -> None:
    state = alarm(cloudwatch, "several", EvaluationPeriods=5, DatapointsToAlarm=2, TreatMissingData="notBreaching")
    put(cloudwatch, "several", 5)
    assert state() == "OK"
    breach(cloudwatch, "several", state)


def test_the_worst_of_several_metrics(client: Clients, cloudwatch: Any) -> None:
    names = ["worst-a", "worst-b"]
    queries: list[dict[str, Any]] = [
        {
            "Id": f"m{number}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Errors", "Dimensions": dimensions(name)},
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for number, name in enumerate(names)
    ]
    stack = Stack(client("cloudformation"), f"math-{time.monotonic_ns()}")
    watch = resource(
        "CloudWatch::Alarm",
        Metrics=[{"Id": "worst", "Expression": "MAX([m0, m1])", "ReturnData": True}, *queries],
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    assert stack.create(Alarm=watch) == "CREATE_COMPLETE", stack.reasons()
    name = stack.physical("Alarm")

    def state() -> str:
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    put(cloudwatch, names[0], 4)
    assert state() == "OK"
    put(cloudwatch, names[1], 5)
    assert state() == "ALARM"
    wait_for(state, lambda found: found == "OK")
    assert stack.delete() == "DELETE_COMPLETE"
