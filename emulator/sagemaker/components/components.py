"""Inference components: models on an endpoint whose variants have none of their own.

One process serves all copies of a component; the copies are a number that scaling moves and metrics are divided by.
https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background, is_busy, refuse_while_busy, status_of
from emulator.sagemaker.components.specification import as_described, specification_of
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.endpoints.fleet import ServingFleet
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.models.parts import STARTUP_SECONDS, parts_of_component, parts_of_model
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.components")

_KIND = "InferenceComponent"


@dataclass(frozen=True)
class Copies:
    """How many copies of a component there are to be, and are."""

    desired: int
    current: int

    @classmethod
    def of(cls, record: Record) -> Copies:
        """The copies of a component."""
        counts: Mapping[str, int] = record.outcome["RuntimeConfig"]
        return cls(int(counts["DesiredCopyCount"]), int(counts["CurrentCopyCount"]))

    def described(self) -> dict[str, int]:
        """The RuntimeConfig that Describe shows."""
        return {"DesiredCopyCount": self.desired, "CurrentCopyCount": self.current}


class InferenceComponents:
    """Behaviour of the kind `InferenceComponent`.

    Args:
        records: Where components, endpoints and models are kept.
        fleet: Runs the containers.
        no_capacity: Is told of each request for a component without copies.
    """

    def __init__(self, records: Records, fleet: ServingFleet, no_capacity: Callable[[Record], None]) -> None:
        self._records = records
        self._fleet = fleet
        self._no_capacity = no_capacity

    def created(self, record: Record) -> None:
        """Start the component in the background; Describe says Creating until it is healthy."""
        request = record.request
        endpoint = self._endpoint_of(record)
        deployment = deployment_of(endpoint)
        units = {unit.variant: unit for unit in deployment.units} if deployment else {}
        request.setdefault("VariantName", next(iter(units), ""))
        if request["VariantName"] not in units:
            raise _invalid(f"Variant {request['VariantName']} not found for endpoint {request['EndpointName']}.")
        specification = specification_of(request)
        runtime: Mapping[str, int] = request.get("RuntimeConfig") or {}
        copies = runtime.get("CopyCount", 0)
        if copies < 1:
            raise _invalid("A new inference component needs a RuntimeConfig here, as adapters are not available.")
        self._records.change(record, InferenceComponentStatus="Creating", RuntimeConfig=Copies(copies, 0).described())
        in_background(lambda: self._deploy(record, specification, copies), "create-inference-component")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start the new specification beside the old one, or change the copies."""
        refuse_while_busy(record)
        runtime: Mapping[str, int] = request.get("RuntimeConfig") or {}
        copies = runtime.get("CopyCount", Copies.of(record).desired)
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
        return Copies.of(record).current if record and settled else None

    def serving(self, endpoint: Record, name: str) -> ServingUnit:
        """What serves the copies of a component of an endpoint; raises ServiceError when it has no copies."""
        record = self._records.find(_KIND, name)
        if record is None or str(record.request["EndpointName"]).lower() != endpoint.key:
            raise ServiceError(
                "ValidationError",
                f"Inference Component Name {name} not found for endpoint {endpoint.request['EndpointName']}.",
            )
        copies, unit = Copies.of(record).current, unit_of(record)
        if not copies or unit is None:
            self._no_capacity(record)
            raise ServiceError(
                "ValidationError",
                "Inference Component has no capacity to process this request. ApplicationAutoScaling may be "
                "in-progress (if configured) or try to increase the capacity by invoking "
                "UpdateInferenceComponentRuntimeConfig API.",
            )
        return replace(unit, copies=copies)

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

    def _endpoint_of(self, record: Record) -> Record:
        name = str(record.request["EndpointName"])
        endpoint = self._records.find("Endpoint", name)
        if endpoint is None or status_of(endpoint) != "InService":
            raise _invalid(f"Endpoint {name} is not in service.")
        return endpoint

    def _begin(self, record: Record, specification: Mapping[str, Any] | None, copies: int) -> None:
        counts = replace(Copies.of(record), desired=copies).described()
        self._records.change(record, InferenceComponentStatus="Updating", RuntimeConfig=counts)
        if specification is None and copies and unit_of(record) is None:
            specification = specification_of(record.request)
        in_background(lambda: self._deploy(record, specification, copies), "update-inference-component")

    def _deploy(self, record: Record, specification: Mapping[str, Any] | None, copies: int) -> None:
        """Serve a specification, or None for the present one, with so many copies."""
        old = unit_of(record)
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
            container=new.saved() if new else None,
            RuntimeConfig=Copies(copies, copies).described(),
            InferenceComponentStatus="InService",
            FailureReason=None,
            **({"Specification": as_described(new, specification)} if new and specification else {}),
        )
        self._fit_instances(record)
        if old is not None and old is not new:
            self._fleet.stop([old])

    def _planned(self, record: Record, specification: Mapping[str, Any]) -> ServingUnit:
        startup: Mapping[str, Any] = specification.get("StartupParameters") or {}
        name = f"inference-components/{record.key}/{uuid.uuid4().hex[:8]}"
        seconds = startup.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS)
        if "ModelName" in specification:
            model = self._records.find("Model", str(specification["ModelName"]))
            if model is None:
                raise _invalid(f"Model {specification['ModelName']} is gone.")
            parts = parts_of_model(model, name, seconds)
        else:
            parts = parts_of_component(specification["Container"], name, seconds)
        component = record.request["InferenceComponentName"]
        return ServingUnit(name, record.request["VariantName"], parts, component=component)

    def _settle_failure(self, record: Record, reason: str) -> None:
        """A first deployment leaves the component Failed; a later one leaves the earlier one serving."""
        current = Copies.of(record).current
        self._records.change(
            record,
            InferenceComponentStatus="InService" if "Specification" in record.outcome else "Failed",
            RuntimeConfig=Copies(current, current).described(),
            FailureReason=reason,
        )

    def _remove(self, record: Record) -> None:
        unit = unit_of(record)
        self._fleet.stop([unit] if unit else [])
        self._records.change(record, RuntimeConfig=Copies(0, 0).described())
        self._fit_instances(record)
        self._records.remove(record)

    def _fit_instances(self, record: Record) -> None:
        """Managed instance scaling: an instance as long as any component has a copy, within the bounds."""
        endpoint = self._records.find("Endpoint", str(record.request["EndpointName"]))
        deployment = deployment_of(endpoint) if endpoint else None
        variant = deployment.variant(str(record.request["VariantName"])) if deployment else None
        if endpoint is None or deployment is None or variant is None:
            return
        needed = any(
            Copies.of(other).current
            for other in self._records.of_kind(_KIND)
            if other.request["EndpointName"] == record.request["EndpointName"]
        )
        count = variant.managed_count(needed)
        if count is not None:
            changed = deployment.with_variants({variant.name: replace(variant, instances=count)})
            self._records.change(endpoint, **changed.members())


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def unit_of(record: Record) -> ServingUnit | None:
    """What serves a component at present; None while it has no copies."""
    kept: Mapping[str, Any] | None = record.outcome.get("container")
    return ServingUnit.restored(kept) if kept else None
