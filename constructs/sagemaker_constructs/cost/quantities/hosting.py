"""Endpoints, by their configurations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sagemaker_constructs.cost.quantities.counting import HOURS, Counted, Quantity, counts, free
from sagemaker_constructs.cost.quantities.schedules import CapacityBounds, over_a_year

_OFFER = "AmazonSageMaker"

free("hosted by what its endpoint costs", "AWS::SageMaker::Endpoint", "AWS::SageMaker::InferenceComponent")
free("a description, whose files are paid for where they lie", "AWS::SageMaker::Model")


@counts("AWS::SageMaker::EndpointConfig")
def _endpoint(counted: Counted) -> Iterator[Quantity]:
    properties = counted.properties
    for kind in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in properties.get(kind, ()):
            yield from (
                _serverless(counted, variant) if "ServerlessConfig" in variant else _instances(counted, variant)
            )
    if "AsyncInferenceConfig" in properties:
        moved = counted.used("gigabytes_in") + counted.used("gigabytes_out")
        yield Quantity.by_use(f"{_OFFER}/Host:Data-Bytes", "GB in and out", moved)


def _instances(counted: Counted, variant: Mapping[str, Any]) -> Iterator[Quantity]:
    count = Decimal(variant["InitialInstanceCount"])
    if managed := variant.get("ManagedInstanceScaling"):
        # Copies that never sleep keep an instance awake.
        awake = Decimal(int(_has_copies_awake(counted)))
        scaled = CapacityBounds(
            max(Decimal(managed["MinInstanceCount"]), awake), Decimal(managed["MaxInstanceCount"])
        )
    else:
        scaled = _scaled(counted, variant, CapacityBounds(count, count))
    expected = min(max(counted.used("instances"), scaled.least), scaled.most)
    kind, size = str(variant["InstanceType"]), Decimal(variant.get("VolumeSizeInGB", 0))
    priced = [(f"Host:{kind}", f"instance-hours of {kind}", HOURS)]
    if size:
        priced.append(("Host:VolumeUsage.gp2", "GB-months of volumes", size))
    for key, what, each in priced:
        yield Quantity(f"{_OFFER}/{key}", what, scaled.least * each, expected * each, scaled.most * each)


def _serverless(counted: Counted, variant: Mapping[str, Any]) -> Iterator[Quantity]:
    settings = variant["ServerlessConfig"]
    memory = int(settings["MemorySizeInMB"]) // 1024
    if kept := Decimal(settings.get("ProvisionedConcurrency", 0)):
        scaled = _scaled(counted, variant, CapacityBounds(kept, kept))
        expected = min(max(counted.used("concurrency"), scaled.least), scaled.most)
        key, what = f"{_OFFER}/ServerlessInf:ProvConcur-{memory}GB", f"seconds of {memory} GB kept ready"
        second = HOURS * 3600
        yield Quantity(key, what, scaled.least * second, expected * second, scaled.most * second)
    seconds = counted.used("requests") * counted.used("milliseconds", 100) / 1000
    yield Quantity.by_use(f"{_OFFER}/ServerlessInf:Mem-{memory}GB", f"seconds of {memory} GB", seconds)


def _scaled(counted: Counted, variant: Mapping[str, Any], otherwise: CapacityBounds) -> CapacityBounds:
    """What the scalable target of a variant, within the same template, allows."""
    for _, properties in counted.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        if json.dumps(properties["ResourceId"]).rstrip("]}").endswith(f'/variant/{variant["VariantName"]}"'):
            capacity = CapacityBounds(Decimal(properties["MinCapacity"]), Decimal(properties["MaxCapacity"]))
            return over_a_year(capacity, properties.get("ScheduledActions", ()))
    return otherwise


def _has_copies_awake(counted: Counted) -> bool:
    components = sum(1 for _ in counted.of_type("AWS::SageMaker::InferenceComponent"))
    asleep = sum(
        properties["ScalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
        and properties["MinCapacity"] == 0
        for _, properties in counted.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    )
    return components > asleep
