"""Endpoints: from Creating to InService by way of real processes, and back.

An endpoint's record carries, beside what Describe shows, a *deployment*: the containers that serve it.
A new deployment is started next to the old one and takes over only when every variant is healthy.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulator.errors import ServiceError
from emulator.sagemaker.data_plane import Hosting, in_background
from emulator.sagemaker.records import Record, Records

logger = logging.getLogger("emulator.endpoints")

_BUSY = ("Creating", "Updating", "Deleting", "SystemUpdating", "RollingBack")
_STARTUP_SECONDS = 120


class Endpoints:
    """Behaviour of the kind `Endpoint`.

    Args:
        records: Where endpoints, their configurations and models are kept.
        hosting: Gives the data plane; called on first use, as it needs the running emulator.
        container: Makes the data plane's container specification from keyword arguments.
    """

    def __init__(self, records: Records, hosting: Callable[[], Hosting], container: Callable[..., Any]) -> None:
        self._records = records
        self._hosting = hosting
        self._container = container
        self._started: set[str] = set()
        self._starting = threading.Lock()

    def created(self, record: Record) -> None:
        """Start the variants in the background; Describe says Creating until they are healthy."""
        self._records.change(record, EndpointStatus="Creating")
        in_background(lambda: self._deploy(record, str(record.request["EndpointConfigName"])), "create-endpoint")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start the new variants beside the old ones, and switch when they are healthy."""
        self._refuse_while_busy(record)
        self._records.change(record, EndpointStatus="Updating")
        in_background(lambda: self._deploy(record, str(request["EndpointConfigName"])), "update-endpoint")

    def stopped(self, record: Record) -> None:
        """Endpoints have no Stop."""

    def deleted(self, record: Record) -> bool:
        """Stop the variants in the background and then forget the endpoint."""
        self._refuse_while_busy(record)
        self._records.change(record, EndpointStatus="Deleting")
        in_background(lambda: self._remove(record), "delete-endpoint")
        return False

    def _refuse_while_busy(self, record: Record) -> None:
        if record.outcome["EndpointStatus"] in _BUSY:
            raise ServiceError("ValidationException", f'Cannot update in-progress endpoint "{record.arn}".')

    def _remove(self, record: Record) -> None:
        self._stop(record.outcome.get("deployment", []))
        self._records.remove(record)

    def _stop(self, containers: list[dict[str, Any]]) -> None:
        for container in containers:
            self._started.discard(container["name"])
            self._hosting().stop(container["name"])

    def _deploy(self, record: Record, configuration_name: str) -> None:
        old: list[dict[str, Any]] = record.outcome.get("deployment", [])
        configuration = self._records.find("EndpointConfig", configuration_name)
        try:
            if configuration is None:
                raise ServiceError("ValidationException", f"Endpoint configuration {configuration_name} is gone.")
            new = [self._plan(record, variant) for variant in configuration.request["ProductionVariants"]]
        except ServiceError as error:
            self._settle_failure(record, error.message, had_one=bool(old))
            return
        try:
            for container in new:
                self._start(container)
        except Exception as error:
            logger.warning("endpoint %s: %s", record.key, error)
            self._stop(new)
            self._settle_failure(record, str(error), had_one=bool(old))
            return
        self._records.change(
            record,
            EndpointStatus="InService",
            FailureReason=None,
            deployment=new,
            EndpointConfigName=configuration.request["EndpointConfigName"],
            ProductionVariants=[
                _summary(variant, container)
                for variant, container in zip(configuration.request["ProductionVariants"], new, strict=True)
            ],
            **_capture(configuration),
        )
        self._stop(old)

    def _settle_failure(self, record: Record, reason: str, had_one: bool) -> None:
        """A first deployment leaves the endpoint Failed; a later one leaves the earlier one serving."""
        self._records.change(
            record,
            EndpointStatus="InService" if had_one else "Failed",
            FailureReason=reason,
            EndpointConfigName=record.outcome.get("EndpointConfigName", record.request["EndpointConfigName"]),
        )

    def _plan(self, record: Record, variant: Mapping[str, Any]) -> dict[str, Any]:
        plan: dict[str, Any] = {
            "name": f"{record.key}/{variant['VariantName']}/{uuid.uuid4().hex[:8]}",
            "variant": variant["VariantName"],
            "weight": variant.get("InitialVariantWeight", 1.0),
            "startup_timeout_seconds": variant.get("ContainerStartupHealthCheckTimeoutInSeconds", _STARTUP_SECONDS),
        }
        model = self._records.find("Model", str(variant["ModelName"])) if variant.get("ModelName") else None
        if variant.get("ModelName") and model is None:
            raise ServiceError("ValidationException", f"Model {variant['ModelName']} is gone.")
        return {**plan, **_container_of(model)} if model else plan

    def _start(self, container: Mapping[str, Any]) -> None:
        if "image_uri" not in container:
            return
        if "problem" in container:
            raise ServiceError("ValidationException", str(container["problem"]))
        self._hosting().start(
            self._container(
                name=container["name"],
                image_uri=container["image_uri"],
                environment=container["environment"],
                model_data_url=container["model_data_url"],
                startup_timeout_seconds=container["startup_timeout_seconds"],
            )
        )
        self._started.add(str(container["name"]))

    def ensure_started(self, container: Mapping[str, Any]) -> None:
        """Start a container that ran before the emulator was restarted; raises as hosting does."""
        with self._starting:
            if container["name"] not in self._started:
                self._start(container)

    def settle_after_restart(self, reason: str) -> list[str]:
        """Bring endpoints that were changing when the emulator ended into a final state; returns sentences."""
        said: list[str] = []
        for record in self._records.everywhere():
            status = record.outcome.get("EndpointStatus") if record.kind == "Endpoint" else None
            if status not in _BUSY:
                continue
            if status == "Deleting":
                self._records.remove(record)
            else:
                self._settle_failure(record, reason, had_one=bool(record.outcome.get("deployment")))
            said.append(f"endpoint {record.request['EndpointName']} was {status}: {reason}")
        return said

    def update_weights_and_capacities(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UpdateEndpointWeightsAndCapacities: weights count at once, instance counts are recorded."""
        record = self._records.find("Endpoint", str(request["EndpointName"]))
        if record is None:
            raise ServiceError("ValidationException", f'Could not find endpoint "{request["EndpointName"]}".')
        self._refuse_while_busy(record)
        wanted = {change["VariantName"]: change for change in request["DesiredWeightsAndCapacities"]}
        variants = {variant["VariantName"]: variant for variant in record.outcome["ProductionVariants"]}
        unknown = sorted(set(wanted) - set(variants))
        if unknown:
            raise ServiceError("ValidationException", f"Could not find production variants: {', '.join(unknown)}.")
        for name, change in wanted.items():
            for given, shown in (("DesiredWeight", "Weight"), ("DesiredInstanceCount", "InstanceCount")):
                if given in change:
                    variants[name][f"Current{shown}"] = variants[name][f"Desired{shown}"] = change[given]
        self._records.touched(record)
        return {"EndpointArn": record.arn}

    def wait_until_settled(self, name: str, timeout_seconds: float) -> Record | None:
        """Block until an endpoint is in a final state or gone.

        Raises:
            TimeoutError: It was still changing after the timeout.
        """
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end:
            record = self._records.find("Endpoint", name)
            if record is None or record.outcome["EndpointStatus"] not in _BUSY:
                return record
            time.sleep(0.05)
        raise TimeoutError(f"endpoint {name} did not reach a final state within {timeout_seconds:.0f} seconds")


def _container_of(model: Record) -> dict[str, Any]:
    primary: dict[str, Any] = model.request.get("PrimaryContainer") or {}
    containers: list[dict[str, Any]] = model.request.get("Containers") or [primary]
    first = containers[0]
    archive: dict[str, Any] = first.get("ModelDataSource") or {}
    source: dict[str, Any] = archive.get("S3DataSource") or {}
    plan: dict[str, Any] = {
        "image_uri": first.get("Image", ""),
        "environment": first.get("Environment", {}),
        "model_data_url": first.get("ModelDataUrl") or source.get("S3Uri"),
    }
    if len(containers) > 1:
        plan["problem"] = (
            f"The emulator does not run inference pipelines; model {model.key} has {len(containers)} containers."
        )
    elif first.get("Mode") == "MultiModel":
        plan["problem"] = f"The emulator does not run multi-model containers; model {model.key} is one."
    elif not first.get("Image"):
        plan["problem"] = f"The emulator runs models by their image only; model {model.key} names none."
    return plan


def _summary(variant: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, Any]:
    weight = variant.get("InitialVariantWeight", 1.0)
    summary: dict[str, Any] = {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
    }
    if "ServerlessConfig" in variant:
        summary.update(
            CurrentServerlessConfig=variant["ServerlessConfig"], DesiredServerlessConfig=variant["ServerlessConfig"]
        )
    else:
        count = variant.get("InitialInstanceCount", 1)
        summary.update(CurrentInstanceCount=count, DesiredInstanceCount=count)
    if container.get("image_uri"):
        summary["DeployedImages"] = [
            {
                "SpecifiedImage": container["image_uri"],
                "ResolvedImage": container["image_uri"],
                "ResolutionTime": time.time(),
            }
        ]
    return summary


def _capture(configuration: Record) -> dict[str, Any]:
    capture = configuration.request.get("DataCaptureConfig")
    if not capture:
        return {"DataCaptureConfig": None}
    return {
        "DataCaptureConfig": {
            "EnableCapture": capture.get("EnableCapture", False),
            "CaptureStatus": "Started" if capture.get("EnableCapture") else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    }
