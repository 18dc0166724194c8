"""From an endpoint configuration to the deployment that it asks for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.endpoints.deployment import Deployment
from emulator.sagemaker.endpoints.settings import AsyncInferenceConfig, DataCaptureConfig
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.endpoints.variants import HostedVariant
from emulator.sagemaker.models.parts import STARTUP_SECONDS, ModelParts, parts_of_model
from emulator.shapes.errors import ServiceError


def plan(records: Records, endpoint: Record, configuration: Record) -> Deployment:
    """The deployment of a configuration; raises ServiceError when a model is gone."""
    production: list[Mapping[str, Any]] = configuration.request["ProductionVariants"]
    shadows: list[Mapping[str, Any]] = configuration.request.get("ShadowProductionVariants") or []
    units = [_unit(records, endpoint, variant, shadow=False) for variant in production]
    units += [_unit(records, endpoint, variant, shadow=True) for variant in shadows]
    variants = [
        HostedVariant.planned(given, unit.model) for given, unit in zip((*production, *shadows), units, strict=True)
    ]
    asynchronous = configuration.request.get("AsyncInferenceConfig")
    capture = configuration.request.get("DataCaptureConfig")
    return Deployment(
        configuration=configuration.request["EndpointConfigName"],
        units=tuple(units),
        variants=tuple(variants[: len(production)]),
        shadows=tuple(variants[len(production) :]),
        asynchronous=AsyncInferenceConfig(asynchronous) if asynchronous else None,
        capture=DataCaptureConfig(capture) if capture else None,
    )


def _unit(records: Records, endpoint: Record, variant: Mapping[str, Any], *, shadow: bool) -> ServingUnit:
    name = f"{endpoint.key}/{variant['VariantName']}/{uuid.uuid4().hex[:8]}"
    return ServingUnit(name, variant["VariantName"], _model(records, variant, name), shadow=shadow)


def _model(records: Records, variant: Mapping[str, Any], name: str) -> ModelParts:
    if not variant.get("ModelName"):
        return ModelParts()
    model = records.find("Model", str(variant["ModelName"]))
    if model is None:
        raise ServiceError("ValidationException", f"Model {variant['ModelName']} is gone.")
    seconds = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS)
    return parts_of_model(model, name, seconds)
