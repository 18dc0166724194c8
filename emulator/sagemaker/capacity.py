"""What Application Auto Scaling reads and sets: instances, provisioned concurrency, copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import status_of
from emulator.sagemaker.components.components import InferenceComponents
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.endpoints.endpoints import Endpoints
from emulator.services.application_autoscaling.scalable_resources import Capacity

INSTANCES = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
COPIES = "sagemaker:inference-component:DesiredCopyCount"


class SageMakerCapacity:
    """The capacity of any of SageMaker's dimensions.

    Args:
        by_dimension: Who reads and sets each.
    """

    def __init__(self, by_dimension: Mapping[str, Capacity]) -> None:
        self._by_dimension = by_dimension

    def current(self, resource_id: str, dimension: str) -> int | None:
        """Present capacity; None when there is none that may be changed now."""
        capacity = self._by_dimension.get(dimension)
        return capacity.current(resource_id, dimension) if capacity else None

    def change(self, resource_id: str, dimension: str, capacity: int) -> None:
        """Set it; raises ServiceError when SageMaker does not take it."""
        self._by_dimension[dimension].change(resource_id, dimension, capacity)


class VariantCapacity:
    """Instances and provisioned concurrency of variants, named `endpoint/<name>/variant/<name>`.

    Args:
        records: Where endpoints are kept.
        endpoints: Changes them.
    """

    def __init__(self, records: Records, endpoints: Endpoints) -> None:
        self._records = records
        self._endpoints = endpoints

    def current(self, resource_id: str, dimension: str) -> int | None:
        """Present count; None unless the endpoint is in service and the variant has any to count."""
        record, name = self._named(resource_id)
        deployment = deployment_of(record) if record else None
        variant = deployment.variant(name) if deployment else None
        if variant is None or dimension == INSTANCES:
            return variant.instances if variant else None
        return variant.serverless.provisioned if variant.serverless else None

    def change(self, resource_id: str, dimension: str, capacity: int) -> None:
        """Set the count; raises ServiceError when the endpoint does not take it."""
        record, name = self._named(resource_id)
        if record is None:
            return
        change: dict[str, Any] = {"DesiredInstanceCount": capacity}
        if dimension == PROVISIONED_CONCURRENCY:
            change = {"ServerlessUpdateConfig": {"ProvisionedConcurrency": capacity}}
        self._endpoints.update_weights_and_capacities(
            {
                "EndpointName": record.request["EndpointName"],
                "DesiredWeightsAndCapacities": [{"VariantName": name, **change}],
            }
        )

    def _named(self, resource_id: str) -> tuple[Record | None, str]:
        parts = resource_id.split("/")
        if len(parts) != 4 or (parts[0], parts[2]) != ("endpoint", "variant"):
            return None, ""
        record = self._records.find("Endpoint", parts[1])
        return (record if record and status_of(record) == "InService" else None), parts[3]


class CopyCapacity:
    """Copies of inference components, named `inference-component/<name>`.

    Args:
        components: Counts and changes them.
    """

    def __init__(self, components: InferenceComponents) -> None:
        self._components = components

    def current(self, resource_id: str, dimension: str) -> int | None:
        """Present copies; None unless the component is in service."""
        del dimension
        return self._components.copies(resource_id.removeprefix("inference-component/"))

    def change(self, resource_id: str, dimension: str, capacity: int) -> None:
        """Set the copies; raises ServiceError when the component does not take it."""
        del dimension
        self._components.update_runtime_config(
            {
                "InferenceComponentName": resource_id.removeprefix("inference-component/"),
                "DesiredRuntimeConfig": {"CopyCount": capacity},
            }
        )
