"""Instance counts of endpoint variants, as Application Auto Scaling changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.endpoints import Endpoints
from emulator.sagemaker.metrics import instances_of
from emulator.sagemaker.records import Record, Records

_INSTANCES = "sagemaker:variant:DesiredInstanceCount"


class VariantCapacity:
    """Reads and sets counts of variants named `endpoint/<name>/variant/<name>`.

    Args:
        records: Where endpoints are kept.
        endpoints: Changes them.
    """

    def __init__(self, records: Records, endpoints: Endpoints) -> None:
        self._records = records
        self._endpoints = endpoints

    def current(self, resource_id: str, dimension: str) -> int | None:
        """Present count; None unless the endpoint is in service and the variant has instances."""
        named = self._named(resource_id)
        if dimension != _INSTANCES or named is None:
            return None
        record, name = named
        summaries: list[Mapping[str, Any]] = record.outcome.get("ProductionVariants", [])
        has_instances = any(one["VariantName"] == name and "CurrentInstanceCount" in one for one in summaries)
        return instances_of(record, name) if has_instances else None

    def change(self, resource_id: str, dimension: str, capacity: int) -> None:
        """Set the count; raises ServiceError when the endpoint does not take it."""
        del dimension
        named = self._named(resource_id)
        if named is not None:
            self._endpoints.update_weights_and_capacities(
                {
                    "EndpointName": named[0].request["EndpointName"],
                    "DesiredWeightsAndCapacities": [{"VariantName": named[1], "DesiredInstanceCount": capacity}],
                }
            )

    def _named(self, resource_id: str) -> tuple[Record, str] | None:
        parts = resource_id.split("/")
        if len(parts) != 4 or (parts[0], parts[2]) != ("endpoint", "variant"):
            return None
        record = self._records.find("Endpoint", parts[1])
        if record is None or record.outcome.get("EndpointStatus") != "InService":
            return None
        return record, parts[3]
