"""Inference components: models on an endpoint whose variants have none of their own.

One process serves all copies of a component; the copies are a number that scaling moves and metrics are divided by.
https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background, is_busy, refuse_while_busy, status_of
from emulator.sagemaker.components.specification import as_described, specification_of
from emulator.sagemaker.endpoints.fleet import Fleet
from emulator.sagemaker.endpoints.variants import STARTUP_SECONDS
from emulator.sagemaker.models.parts import part_of_component, parts_of_model
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.components")

_KIND = "InferenceComponent"


class InferenceComponents:
    """Behaviour of the kind `InferenceComponent`.

    Args:
        records: Where components, endpoints and models are kept.
        fleet: Runs the containers.
        no_capacity: Is told of each request for a component without copies.
    """

    def __init__(self, records: Records, fleet: Fleet, no_capacity: Callable[[Record], None]) -> None:
        self._records = records
        self._fleet = fleet
        self._no_capacity = no_capacity

    def created(self, record: Record) -> None:
        """Start the component in the background; Describe says Creating until it is healthy."""
        request = record.request
        endpoint = self._endpoint_of(record)
        variants = {one["variant"]: one for one in endpoint.outcome.get("deployment", [])}
        request.setdefault("VariantName", next(iter(variants), ""))
        if request["VariantName"] not in variants:
            raise _invalid(f"Variant {request['VariantName']} not found for endpoint {request['EndpointName']}.")
        if variants[request["VariantName"]]["parts"]:
            raise _invalid(f"Endpoint {request['EndpointName']} has models: it cannot host inference components.")
        specification = specification_of(request)
        runtime: Mapping[str, int] = request.get("RuntimeConfig") or {}
        copies = runtime.get("CopyCount", 0)
        if copies < 1:
            raise _invalid("The copy count of a new inference component must be an integer larger than 0.")
        self._records.change(record, InferenceComponentStatus="Creating", RuntimeConfig=_counts(copies, 0))
        in_background(lambda: self._deploy(record, specification, copies), "create-inference-component")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start the new specification beside the old one, or change the copies."""
        refuse_while_busy(record)
        runtime: Mapping[str, int] = request.get("RuntimeConfig") or {}
        copies = runtime.get("CopyCount", self._desired(record))
        changed = specification_of(request) if request.keys() & {"Specification", "Specifications"} else None
        self._begin(record, changed, copies)

    def stopped(self, record: Record) -> None:
        """Inference components have no Stop."""

    def deleted(self, record: Record) -> bool:
        """End the process in the background and then forget the component."""
        refuse_while_busy(record)
        self._records.change(record, InferenceComponentStatus="Deleting")
        in_background(lambda: self._remove(record), "delete-inference-component")
        return False

    def update_runtime_config(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UpdateInferenceComponentRuntimeConfig: the copies change in the background."""
        record = self._records.find(_KIND, str(request["InferenceComponentName"]))
        if record is None:
            raise _invalid(f'Could not find inference component "{request["InferenceComponentName"]}".')
        refuse_while_busy(record)
        self._begin(record, None, int(request["DesiredRuntimeConfig"]["CopyCount"]))
        return {"InferenceComponentArn": record.arn}

    def copies(self, name: str) -> int | None:
        """Present copies; None when there is no such component or it is changing."""
        record = self._records.find(_KIND, name)
        settled = record is not None and status_of(record) == "InService"
        return int(record.outcome["RuntimeConfig"]["CurrentCopyCount"]) if record and settled else None

    def serving(self, endpoint: Record, name: str) -> dict[str, Any]:
        """The container of a component of an endpoint; raises ServiceError when it has no copies."""
        record = self._records.find(_KIND, name)
        if record is None or str(record.request["EndpointName"]).lower() != endpoint.key:
            raise ServiceError(
                "ValidationError",
                f"Inference Component Name {name} not found for endpoint {endpoint.request['EndpointName']}.",
            )
        copies = int(record.outcome["RuntimeConfig"]["CurrentCopyCount"])
        if not copies:
            self._no_capacity(record)
            raise ServiceError(
                "ValidationError",
                "Inference Component has no capacity to process this request. ApplicationAutoScaling may be "
                "in-progress (if configured) or try to increase the capacity by invoking "
                "UpdateInferenceComponentRuntimeConfig API.",
            )
        return {**record.outcome["container"], "copies": copies}

    def settle_after_restart(self, reason: str) -> list[str]:
        """Bring components that were changing when the emulator ended into a final state; returns sentences."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind != _KIND or not is_busy(record):
                continue
            said.append(f"inference component {record.key} was {status_of(record)}: {reason}")
            if status_of(record) == "Deleting":
                self._records.remove(record)
            else:
                self._settle_failure(record, reason)
        return said

    @staticmethod
    def _desired(record: Record) -> int:
        return int(record.outcome["RuntimeConfig"]["DesiredCopyCount"])

    def _endpoint_of(self, record: Record) -> Record:
        name = str(record.request["EndpointName"])
        endpoint = self._records.find("Endpoint", name)
        if endpoint is None or status_of(endpoint) != "InService":
            raise _invalid(f"Endpoint {name} is not in service.")
        return endpoint

    def _begin(self, record: Record, specification: Mapping[str, Any] | None, copies: int) -> None:
        current = int(record.outcome["RuntimeConfig"]["CurrentCopyCount"])
        counts = _counts(copies, current)
        self._records.change(record, InferenceComponentStatus="Updating", RuntimeConfig=counts)
        if specification is None and copies and not record.outcome.get("container"):
            specification = specification_of(record.request)
        in_background(lambda: self._deploy(record, specification, copies), "update-inference-component")

    def _deploy(self, record: Record, specification: Mapping[str, Any] | None, copies: int) -> None:
        """Serve a specification, or None for the present one, with so many copies."""
        old: dict[str, Any] | None = record.outcome.get("container")
        new = old if copies else None
        try:
            if specification is not None and copies:
                new = self._planned(record, specification)
                self._fleet.start(new)
        except Exception as error:
            logger.warning("inference component %s: %s", record.key, error)
            if new is not None and new is not old:
                self._fleet.stop([new])
            self._settle_failure(record, str(error))
            return
        self._records.change(
            record,
            container=new,
            RuntimeConfig=_counts(copies, copies),
            InferenceComponentStatus="InService",
            FailureReason=None,
            **({"Specification": as_described(new, specification)} if new and specification else {}),
        )
        self._fit_instances(record)
        if old is not None and old is not new:
            self._fleet.stop([old])

    def _planned(self, record: Record, specification: Mapping[str, Any]) -> dict[str, Any]:
        startup: Mapping[str, Any] = specification.get("StartupParameters") or {}
        name = f"inference-components/{record.key}/{uuid.uuid4().hex[:8]}"
        planned = {
            "name": name,
            "variant": record.request["VariantName"],
            "component": record.request["InferenceComponentName"],
            "startup_timeout_seconds": startup.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS),
        }
        if "ModelName" not in specification:
            return {**planned, **part_of_component(specification["Container"], name)}
        model = self._records.find("Model", str(specification["ModelName"]))
        if model is None:
            raise _invalid(f"Model {specification['ModelName']} is gone.")
        return {**planned, **parts_of_model(model, name)}

    def _settle_failure(self, record: Record, reason: str) -> None:
        """A first deployment leaves the component Failed; a later one leaves the earlier one serving."""
        current = int(record.outcome["RuntimeConfig"]["CurrentCopyCount"])
        self._records.change(
            record,
            InferenceComponentStatus="InService" if "Specification" in record.outcome else "Failed",
            RuntimeConfig=_counts(current, current),
            FailureReason=reason,
        )

    def _remove(self, record: Record) -> None:
        container: dict[str, Any] | None = record.outcome.get("container")
        self._fleet.stop([container] if container else [])
        self._records.change(record, RuntimeConfig=_counts(0, 0))
        self._fit_instances(record)
        self._records.remove(record)

    def _fit_instances(self, record: Record) -> None:
        """Managed instance scaling: an instance as long as any component has a copy, within the bounds."""
        endpoint = self._records.find("Endpoint", str(record.request["EndpointName"]))
        variants: list[dict[str, Any]] = endpoint.outcome.get("ProductionVariants", []) if endpoint else []
        for summary in variants:
            managed: Mapping[str, Any] = summary.get("ManagedInstanceScaling") or {}
            if summary["VariantName"] != record.request["VariantName"] or managed.get("Status") != "ENABLED":
                continue
            needed = any(
                other.outcome["RuntimeConfig"]["CurrentCopyCount"]
                for other in self._records.of_kind(_KIND)
                if other.request["EndpointName"] == record.request["EndpointName"]
            )
            most = managed.get("MaxInstanceCount", math.inf)
            count = max(int(managed.get("MinInstanceCount", 1)), min(most, int(needed)))
            summary.update(CurrentInstanceCount=count, DesiredInstanceCount=count)
            if endpoint is not None:
                self._records.touched(endpoint)


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _counts(desired: int, current: int) -> dict[str, int]:
    return {"DesiredCopyCount": desired, "CurrentCopyCount": current}
