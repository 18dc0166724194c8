"""CloudWatch as the emulator's own services write and read it: MiniStack's store of metrics, by data point."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.ministack import hooks

SAGEMAKER = "AWS/SageMaker"
COMPONENTS = "/aws/sagemaker/InferenceComponents"
SHORTENED = (SAGEMAKER, COMPONENTS)
"""Namespaces whose minutes are the emulator's."""
SHORTENED_BY_THE_MINUTE = ("SageMakerConstructs/Monitoring",)
"""The same for periods of a minute alone: runs of a monitor follow each other in seconds here, as in AWS in hours."""
"""Namespace of SageMaker's metrics, whose minutes are the emulator's."""

_KEPT_SECONDS = 900
_MANY = 2000

Dimensions = Mapping[str, str]


def _module() -> Any:
    return hooks.module("ministack.services.cloudwatch")


def put(namespace: str, name: str, dimensions: Dimensions, unit: str, values: Mapping[float, int]) -> None:
    """Add values, each with how often it was seen, to a metric of the current account and region."""
    counted = list(values.items())
    _module()._store_datum(
        namespace,
        name,
        dict(dimensions),
        time.time(),
        unit,
        None,
        [value for value, _ in counted],
        [count for _, count in counted],
        None,
    )


def put_gauge(namespace: str, name: str, dimensions: Dimensions, value: float, unit: str = "Count") -> None:
    """Add the present value of something; of old values only one a minute is kept, as AWS writes one a minute."""
    put(namespace, name, dimensions, unit, {value: 1})
    points = _points(namespace, name, dimensions)
    if len(points) > _MANY:
        minutes = {int(point["Timestamp"] // 60): point for point in points if _is_old(point)}
        points[:] = [*minutes.values(), *(point for point in points if not _is_old(point))]


def _is_old(point: Mapping[str, Any]) -> bool:
    return point["Timestamp"] < time.time() - _KEPT_SECONDS


def _points(namespace: str, name: str, dimensions: Dimensions) -> list[Any]:
    module = _module()
    return module._metrics.get((namespace, name, module._dims_key(dict(dimensions)))) or []


def windows(
    namespace: str, name: str, dimensions: Dimensions, statistic: str, *, seconds: float, count: int
) -> Sequence[float | None]:
    """The statistic of the last `count` windows of so many seconds, newest first; None where there is no data.

    Args:
        namespace: Such as `AWS/SageMaker`.
        name: Name of the metric.
        dimensions: Exactly the metric's dimensions.
        statistic: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`.
        seconds: Length of a window; the newest ends now.
        count: How many.
    """
    module, now = _module(), time.time()
    buckets: list[list[Any]] = [[] for _ in range(count)]
    for point in list(_points(namespace, name, dimensions)):
        index = int((now - point["Timestamp"]) / seconds)
        if 0 <= index < count:
            buckets[index].append(point)
    return [module._stat_value(module._calc_stats(one), statistic, one) if one else None for one in buckets]
