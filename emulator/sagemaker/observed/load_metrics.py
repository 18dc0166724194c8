"""CloudWatch metrics of how busy variants and inference components are, which their scaling follows.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Records
from emulator.sagemaker.components.components import Copies
from emulator.sagemaker.endpoints.deployment import deployment_of
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
            copies = Copies.of(component).current if component else 0
            if copies:
                yield "ConcurrentRequestsPerCopy", {"InferenceComponentName": place.component}, peak / copies
            return
        endpoint = self._records.find("Endpoint", place.endpoint)
        deployment = deployment_of(endpoint) if endpoint else None
        variant = deployment.variant(place.variant) if deployment else None
        if variant is None:
            return
        dimensions = {"EndpointName": place.endpoint, "VariantName": place.variant}
        if variant.serverless is None:
            yield "ConcurrentRequestsPerModel", dimensions, peak / max(1, variant.instances or 0)
            return
        used = peak / variant.serverless.max_concurrency
        yield "ServerlessConcurrentExecutionsUtilization", dimensions, used
        if variant.serverless.provisioned:
            used = min(1.0, peak / variant.serverless.provisioned)
            yield "ServerlessProvisionedConcurrencyUtilization", dimensions, used
