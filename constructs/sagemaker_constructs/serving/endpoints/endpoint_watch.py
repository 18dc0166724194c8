"""Alarm rules and graphs that several kinds of endpoint have in common."""

from collections.abc import Callable, Iterator

from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import AlarmRule
from sagemaker_constructs.serving.endpoints.endpoint_metrics import (
    CLIENT_ERRORS,
    CPU,
    DISK,
    INVOCATIONS,
    INVOCATIONS_PER_INSTANCE,
    MEMORY,
    MODEL_ERRORS,
    MODEL_LATENCY,
    OVERHEAD_LATENCY,
    SERVER_ERRORS,
)
from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange

Measure = Callable[[Measured], Measurement]
"""Finds the metrics of one variant or component."""

PERCENTILES = ("p50", "p99")


def error_rules(measure: Measure, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
    """Responses 5xx, and errors of the model."""
    yield AlarmRule("ServerErrors", "responses 5xx", [measure(SERVER_ERRORS)], thresholds.errors)
    yield AlarmRule("ModelErrors", "errors of the model", [measure(MODEL_ERRORS)], thresholds.errors)


def machine_rules(variant: str, measure: Measure, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
    """Memory and disk of a variant's instances."""
    yield use_rule(f"{variant}Memory", f"memory of {variant}", measure(MEMORY), thresholds.memory_percent)
    yield use_rule(f"{variant}Disk", f"disk of {variant}", measure(DISK), thresholds.disk_percent)


def use_rule(id: str, what: str, measurement: Measurement, percent: float) -> AlarmRule:
    """Use of something, in each of five minutes."""
    return AlarmRule(id, f"percent of the {what} in use", [measurement], percent, minutes=5, breaching=5)


def unanswered_rule(id: str, words: str, measurement: Measurement, thresholds: AlarmThresholds) -> AlarmRule:
    """What should have been over when waking takes as long as it may."""
    minutes = int((milliseconds_of(thresholds.waking) or 0) // 60_000)
    return AlarmRule(id, words, [measurement], 1, minutes=minutes, breaching=minutes)


def requests_row(measure: Measure) -> list[Graph]:
    """Traffic, latency (the model's and SageMaker's share) and errors of a variant that answers at once."""
    return [
        Graph("Invocations per minute", [measure(INVOCATIONS), measure(INVOCATIONS_PER_INSTANCE)]),
        latency_graph(measure),
        Graph("Errors per minute", [measure(each) for each in (CLIENT_ERRORS, SERVER_ERRORS, MODEL_ERRORS)]),
    ]


def latency_graph(measure: Measure) -> Graph:
    """The model's and SageMaker's share of the latency."""
    return Graph(
        "Latency in microseconds",
        [
            measure(latency).with_statistic(statistic)
            for statistic in PERCENTILES
            for latency in (MODEL_LATENCY, OVERHEAD_LATENCY)
        ],
    )


def machines_row(measure: Measure, limits: CapacityRange | None) -> list[Graph]:
    """Use of the instances, and their number against the limits of scaling."""
    # SageMaker publishes no count of instances; each sends one sample of its CPU use a minute.
    count = measure(CPU).with_statistic("SampleCount")
    return [
        Graph("Use of the instances in percent", [measure(CPU), measure(MEMORY)]),
        Graph("Instances", [count], bounds(limits)),
    ]


def bounds(limits: CapacityRange | None) -> dict[str, float]:
    """The limits of scaling, by their labels."""
    return {"minimum": limits.minimum, "maximum": limits.limit} if limits else {}
