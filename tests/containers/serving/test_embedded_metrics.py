"""Metrics in CloudWatch's embedded metric format, as the log of a real process has them."""

import json
import signal
from typing import Any

import pytest

from harness.containers.container_processes import Serve, Server, Trained

Rows = list[tuple[str, str]]


def metric_lines(server: Server) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, server.log.splitlines()) if "_aws" in line]


@pytest.fixture
def measured(start_server: Serve, trained: Trained, held_out: Rows) -> list[dict[str, Any]]:
    """What two workers have said about 40 good requests, 5 bad ones and their end."""
    server = start_server(trained.base, SERVING_METRICS_NAMESPACE="Churn/Serving", MODEL_SERVER_WORKERS="2")
    statuses = [server.invoke(held_out[0][1]).status for _ in range(40)] + [
        server.invoke("x").status for _ in range(5)
    ]
    assert statuses == [200] * 40 + [400] * 5
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(300) == 0
    return metric_lines(server)


def test_what_happened_is_told_once_per_worker_and_interval(measured: list[dict[str, Any]]) -> None:
    assert 1 <= len(measured) <= 2
    for name, total in (("Invocations", 45), ("Invocations4xx", 5), ("Invocations5xx", 0)):
        assert sum(line[name] for line in measured) == total
    for line in measured:
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Churn/Serving", [[]])
        assert {metric["Name"] for metric in directive["Metrics"]} == set(line) - {"_aws"}
        latency = line["InvocationLatency"]
        assert latency["Values"] == sorted(set(latency["Values"]))
        assert len(latency["Values"]) == len(latency["Counts"]) <= 100
        assert sum(latency["Counts"]) == latency["Count"] == line["Invocations"]
        # A value stands for what is up to a factor of 2 ** (1/8) away from it.
        assert latency["Min"] / 1.1 <= latency["Values"][0] <= latency["Values"][-1] <= latency["Max"] * 1.1
        told = sum(value * count for value, count in zip(latency["Values"], latency["Counts"], strict=True))
        assert told == pytest.approx(latency["Sum"], rel=0.1)


def test_intervals_follow_each_other_and_say_nothing_of_silence(
    start_server: Serve, trained: Trained, held_out: Rows
) -> None:
    server = start_server(trained.base, SERVING_METRICS_NAMESPACE="N", SERVING_METRICS_SECONDS="1")
    while len(metric_lines(server)) < 2:
        server.invoke(held_out[0][1])
    lines = metric_lines(server)
    assert lines[1]["_aws"]["Timestamp"] > lines[0]["_aws"]["Timestamp"]
    assert sum(line["Invocations"] for line in lines) > 2


def test_nothing_is_written_unless_a_namespace_is_set(server: Server, held_out: Rows) -> None:
    assert server.invoke(held_out[0][1]).status == 200
    assert metric_lines(server) == []


@pytest.mark.parametrize("namespace", ["AWS/SageMaker", "a b", "x" * 256])
def test_a_namespace_that_cloudwatch_refuses_is_named(start_server: Serve, trained: Trained, namespace: str) -> None:
    server = start_server(trained.base, ready=False, SERVING_METRICS_NAMESPACE=namespace)
    assert server.process.wait(300) == 1
    assert "SERVING_METRICS_NAMESPACE must be" in server.log
