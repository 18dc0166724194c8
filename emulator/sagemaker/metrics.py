"""CloudWatch metrics of invocations, in AWS/SageMaker.

Names, units and dimensions: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from emulator import metric_store
from emulator.ministack_hooks import in_scope
from emulator.sagemaker.exchange import Exchange
from emulator.sagemaker.records import Record

NAMESPACE = "AWS/SageMaker"
FLUSH_SECONDS = 0.25
_MICROSECONDS = 1_000_000


class InvocationMetrics:
    """Counts exchanges and hands the counts to CloudWatch a moment later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str, str, str, str, str], Counter[float]] = {}

    def observed(self, exchange: Exchange) -> None:
        """Count an exchange; one without an answer counts as an error 5XX of the model."""
        endpoint = exchange.endpoint
        status = exchange.answer.status if exchange.answer else 500
        model, whole = exchange.model_seconds * _MICROSECONDS, exchange.total_seconds * _MICROSECONDS
        values: dict[tuple[str, str], float] = {
            ("Invocations", "None"): 1,
            ("Invocation4XXErrors", "None"): float(400 <= status < 500),
            ("Invocation5XXErrors", "None"): float(status >= 500),
            ("InvocationModelErrors", "None"): float(not 200 <= status < 300),
            ("ModelLatency", "Microseconds"): round(model),
            ("OverheadLatency", "Microseconds"): round(max(0.0, whole - model)),
        }
        instances = instances_of(endpoint, str(exchange.container["variant"]))
        if instances:
            values["InvocationsPerInstance", "None"] = 1 / instances
        scope = (
            endpoint.account,
            endpoint.region,
            str(endpoint.request["EndpointName"]),
            exchange.container["variant"],
        )
        with self._lock:
            for (name, unit), value in values.items():
                self._counted.setdefault((*scope, name, unit), Counter())[value] += 1

    def flush(self) -> None:
        """Hand over what was counted."""
        with self._lock:
            counted, self._counted = self._counted, {}
        for (account, region, endpoint, variant, name, unit), values in counted.items():
            with in_scope(account, region):
                metric_store.put(NAMESPACE, name, {"EndpointName": endpoint, "VariantName": variant}, unit, values)


def instances_of(endpoint: Record, variant: str) -> int:
    """Current instances of a variant of an endpoint; 0 for serverless ones and for none."""
    summaries: list[Mapping[str, Any]] = [
        *endpoint.outcome.get("ProductionVariants", []),
        *endpoint.outcome.get("ShadowProductionVariants", []),
    ]
    return next((int(one.get("CurrentInstanceCount", 0)) for one in summaries if one["VariantName"] == variant), 0)
