"""How many instances the endpoints of a template have."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class EndpointCapacity:
    """The instances of an endpoint by type: ``first`` when it is made, at ``most`` when it is scaled.

    ``updating`` are those that an update starts beside them, before it stops the old ones.
    """

    first: Mapping[str, int]
    most: Mapping[str, int]
    updating: Mapping[str, int]


def endpoint_capacity(logical_id: str, resources: Resources) -> EndpointCapacity:
    """The capacity of the endpoint ``logical_id``, whose configuration and scaling are in the same template.

    An update starts a second fleet, or, if it rolls, a batch at a time. Serverless variants have no instances.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
    """
    properties: Mapping[str, Any] = resources[logical_id].get("Properties", {})
    # What is written of an endpoint speaks of it by its logical id, its name or both.
    written = json.dumps(properties.get("EndpointConfigName"))
    configs = (each.get("Properties", {}) for name, each in resources.items() if f'"{name}"' in written)
    first, most = Counter[str](), Counter[str]()
    for config in configs:
        for kind in ("ProductionVariants", "ShadowProductionVariants"):
            for variant in config.get(kind, ()):
                if isinstance(variant.get("InstanceType"), str):
                    count, type_ = int(variant.get("InitialInstanceCount", 1)), str(variant["InstanceType"])
                    first[type_] += count
                    most[type_] += max([count, *_bounds(variant, logical_id, resources)])
    return EndpointCapacity(first, most, _updating(properties.get("DeploymentConfig") or {}, most))


def _bounds(variant: Mapping[str, Any], endpoint: str, resources: Resources) -> Iterator[int]:
    """To how many instances a variant is scaled."""
    if managed := variant.get("ManagedInstanceScaling"):
        yield int(managed["MaxInstanceCount"])
    suffix = f'/variant/{variant["VariantName"]}"'
    for resource in resources.values():
        if resource["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget":
            written = json.dumps(resource["Properties"]["ResourceId"])
            if f'"{endpoint}"' in written and written.rstrip("]}").endswith(suffix):
                yield int(resource["Properties"]["MaxCapacity"])


def _updating(deployment: Mapping[str, Any], most: Mapping[str, int]) -> Mapping[str, int]:
    rolling: Mapping[str, Any] = deployment.get("RollingUpdatePolicy") or {}
    batch: Mapping[str, Any] = rolling.get("MaximumBatchSize") or {}
    if not batch:
        return most
    value = int(batch["Value"])
    if batch.get("Type") == "CAPACITY_PERCENT":
        return {kind: math.ceil(count * value / 100) for kind, count in most.items()}
    return {kind: min(count, value) for kind, count in most.items()}
