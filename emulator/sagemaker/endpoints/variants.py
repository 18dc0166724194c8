"""From an endpoint configuration to what runs and what Describe shows of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.models.parts import parts_of_model
from emulator.shapes.errors import ServiceError

STARTUP_SECONDS = 120

RETAINED: Mapping[str, tuple[str, ...]] = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}
"""Members of a variant's description that UpdateEndpoint can retain, by VariantPropertyType."""


def plan(records: Records, endpoint: Record, configuration: Record) -> dict[str, Any]:
    """What a configuration makes of an endpoint: members of its outcome, once it is deployed.

    Raises:
        ServiceError: A model is gone.
    """
    production: list[dict[str, Any]] = configuration.request["ProductionVariants"]
    shadows: list[dict[str, Any]] = configuration.request.get("ShadowProductionVariants") or []
    containers = [_container(records, endpoint, variant) for variant in (*production, *shadows)]
    for container in containers[len(production) :]:
        container["shadow"] = True
    summaries = [_summary(*each) for each in zip((*production, *shadows), containers, strict=True)]
    return {
        "deployment": containers,
        "EndpointConfigName": configuration.request["EndpointConfigName"],
        "ProductionVariants": summaries[: len(production)],
        "ShadowProductionVariants": summaries[len(production) :] or None,
        "AsyncInferenceConfig": configuration.request.get("AsyncInferenceConfig"),
        **_capture(configuration.request.get("DataCaptureConfig")),
    }


def retain(planned: dict[str, Any], outcome: Mapping[str, Any], excluded: Iterable[str]) -> None:
    """Take over from the present deployment what UpdateEndpoint retains: counts, weights and data capture."""
    left_out = set(excluded)
    before = {one["VariantName"]: one for one in outcome.get("ProductionVariants", [])}
    for summary in planned["ProductionVariants"]:
        for kind, members in RETAINED.items():
            old = before.get(summary["VariantName"], {})
            if kind not in left_out:
                summary.update({name: old[name] for name in members if name in old and name in summary})
    if "DataCaptureConfig" not in left_out:
        planned.update({name: outcome.get(name) for name in ("capture", "DataCaptureConfig")})


def _container(records: Records, endpoint: Record, variant: Mapping[str, Any]) -> dict[str, Any]:
    planned: dict[str, Any] = {
        "name": f"{endpoint.key}/{variant['VariantName']}/{uuid.uuid4().hex[:8]}",
        "variant": variant["VariantName"],
        "weight": variant.get("InitialVariantWeight", 1.0),
        "startup_timeout_seconds": variant.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS),
    }
    model = records.find("Model", str(variant["ModelName"])) if variant.get("ModelName") else None
    if variant.get("ModelName") and model is None:
        raise ServiceError("ValidationException", f"Model {variant['ModelName']} is gone.")
    return {**planned, **(parts_of_model(model, planned["name"]) if model else {"parts": []})}


def _summary(variant: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    weight = variant.get("InitialVariantWeight", 1.0)
    summary: dict[str, Any] = {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        serverless = variant["ServerlessConfig"]
        summary.update(CurrentServerlessConfig=serverless, DesiredServerlessConfig=serverless)
    else:
        count = variant.get("InitialInstanceCount", 1)
        summary.update(CurrentInstanceCount=count, DesiredInstanceCount=count)
    for name in ("ManagedInstanceScaling", "RoutingConfig"):
        if name in variant:
            summary[name] = variant[name]
    images = [part["image_uri"] for part in container["parts"]]
    if images:
        now = time.time()
        summary["DeployedImages"] = [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now} for image in images
        ]
    return summary


def _capture(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    if not settings:
        return {"capture": None, "DataCaptureConfig": None}
    enabled = settings.get("EnableCapture", True)
    return {
        "capture": {**settings, "EnableCapture": enabled},
        "DataCaptureConfig": {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": settings["InitialSamplingPercentage"],
            "DestinationS3Uri": settings["DestinationS3Uri"],
            "KmsKeyId": settings.get("KmsKeyId", ""),
        },
    }
