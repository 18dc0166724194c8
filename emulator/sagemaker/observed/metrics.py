"""CloudWatch metrics of invocations, in AWS/SageMaker.

Names, units and dimensions: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from emulator.containers.invocation import ModelLoading
from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.invocations.exchange import Exchange
from emulator.services.cloudwatch import alarms, metric_store

INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"
FLUSH_SECONDS = 0.25
_MICROSECONDS = 1_000_000

_Value = tuple[str, str, float]
_Dimensions = Mapping[str, str]


class InvocationMetrics:
    """Counts exchanges and hands the counts to CloudWatch a moment later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str, str, tuple[tuple[str, str], ...], str, str], Counter[float]] = {}

    def observed(self, exchange: Exchange) -> None:
        """Count an exchange; one without an answer counts as an error 5XX of the model."""
        endpoint, unit = exchange.endpoint, exchange.unit
        variant = {"EndpointName": str(endpoint.request["EndpointName"]), "VariantName": unit.variant}
        self._count(endpoint, metric_store.SAGEMAKER, variant, _values(exchange))
        if unit.component:
            component = {"InferenceComponentName": unit.component}
            per_copy = ("InvocationsPerCopy", "None", 1 / max(1, unit.copies))
            self._count(endpoint, metric_store.SAGEMAKER, component, [*_values(exchange), per_copy])
        deployment = deployment_of(endpoint)
        instances = deployment.instances_of(unit.variant) if deployment else 0
        if instances:
            self._count(
                endpoint, metric_store.SAGEMAKER, variant, [("InvocationsPerInstance", "None", 1 / instances)]
            )
        loading = exchange.answer.loading if exchange.answer else None
        if loading is not None:
            self._count(endpoint, metric_store.SAGEMAKER, variant, _loading_values(loading))
            self._count(endpoint, INSTANCE_NAMESPACE, variant, [("LoadedModelCount", "None", loading.loaded)])

    def no_capacity(self, component: Record) -> None:
        """Count a request for an inference component that has no copies."""
        dimensions = {"InferenceComponentName": str(component.request["InferenceComponentName"])}
        self._count(component, metric_store.SAGEMAKER, dimensions, [("NoCapacityInvocationFailures", "None", 1)])

    def flush(self) -> None:
        """Hand over what was counted."""
        with self._lock:
            counted, self._counted = self._counted, {}
        for (account, region, namespace, dimensions, name, unit), values in counted.items():
            with in_scope(account, region):
                metric_store.put(namespace, name, dict(dimensions), unit, values)
                alarms.evaluate_on(namespace, name)

    def _count(
        self, owner: Record, namespace: str, dimensions: _Dimensions, values: list[_Value] | Iterator[_Value]
    ) -> None:
        scope = owner.account, owner.region, namespace, tuple(dimensions.items())
        with self._lock:
            for name, unit, value in values:
                self._counted.setdefault((*scope, name, unit), Counter())[value] += 1


def _values(exchange: Exchange) -> Iterator[_Value]:
    status = exchange.answer.status if exchange.answer else 500
    model, whole = exchange.model_seconds * _MICROSECONDS, exchange.total_seconds * _MICROSECONDS
    yield "Invocations", "None", 1
    yield "Invocation4XXErrors", "None", float(400 <= status < 500)
    yield "Invocation5XXErrors", "None", float(status >= 500)
    yield "InvocationModelErrors", "None", float(not 200 <= status < 300)
    yield "ModelLatency", "Microseconds", round(model)
    yield "OverheadLatency", "Microseconds", round(max(0.0, whole - model))


def _loading_values(loading: ModelLoading) -> Iterator[_Value]:
    yield "ModelCacheHit", "None", float(loading.hit)
    if not loading.hit:
        yield "ModelLoadingWaitTime", "Microseconds", round(loading.waited_seconds * _MICROSECONDS)
        yield "ModelDownloadingTime", "Microseconds", round(loading.downloading_seconds * _MICROSECONDS)
        yield "ModelLoadingTime", "Microseconds", round(loading.loading_seconds * _MICROSECONDS)
