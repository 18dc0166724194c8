"""CloudWatch metrics of how busy variants and inference components are, which their scaling follows.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Records
from emulator.sagemaker.invocations.concurrency import Concurrency, Place
from emulator.services.cloudwatch import metric_store

_Value = tuple[str, Mapping[str, str], float]


class LoadMetrics:
    """Publishes the concurrency of what had requests since the last round.

    Args:
        records: Where endpoints and inference components are kept.
        concurrency: Counts the requests.
    """

    def __init__(self, records: Records, concurrency: Concurrency) -> None:
        self._records = records
        self._concurrency = concurrency

    def flush(self) -> None:
        """Publish one value of each metric; the highest of the time since the last round."""
        for place, peak in self._concurrency.peaks().items():
            with in_scope(place.account, place.region):
                for name, dimensions, value in self._values(place, peak):
                    metric_store.put_gauge(metric_store.SAGEMAKER, name, dimensions, value)

    def _values(self, place: Place, peak: int) -> Iterator[_Value]:
        if place.component is not None:
            component = self._records.find("InferenceComponent", place.component)
            copies = component.outcome["RuntimeConfig"]["CurrentCopyCount"] if component else 0
            if copies:
                yield "ConcurrentRequestsPerCopy", {"InferenceComponentName": place.component}, peak / copies
            return
        endpoint = self._records.find("Endpoint", place.endpoint)
        variants: list[Mapping[str, Any]] = endpoint.outcome.get("ProductionVariants", []) if endpoint else []
        summary = next((one for one in variants if one["VariantName"] == place.variant), None)
        if summary is None:
            return
        dimensions = {"EndpointName": place.endpoint, "VariantName": place.variant}
        serverless: Mapping[str, int] | None = summary.get("CurrentServerlessConfig")
        if serverless is None:
            yield "ConcurrentRequestsPerModel", dimensions, peak / max(1, int(summary["CurrentInstanceCount"]))
            return
        yield "ServerlessConcurrentExecutionsUtilization", dimensions, peak / serverless["MaxConcurrency"]
        provisioned = serverless.get("ProvisionedConcurrency")
        if provisioned:
            used = min(1.0, peak / provisioned)
            yield "ServerlessProvisionedConcurrencyUtilization", dimensions, used
