"""Endpoints: from Creating to InService by way of real processes, and back.

An endpoint's record carries, beside what Describe shows, a *deployment*: the containers that serve it.
A new deployment is started next to the old one and takes over only when every variant is healthy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background, is_busy, refuse_while_busy, status_of
from emulator.sagemaker.endpoints.fleet import Fleet
from emulator.sagemaker.endpoints.rollout import RolledBackError, carry_out, rollout_of
from emulator.sagemaker.endpoints.variants import plan, retain
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.endpoints")

_GONE: dict[str, Any] = {"shift": None, "PendingDeploymentSummary": None}


class Endpoints:
    """Behaviour of the kind `Endpoint`.

    Args:
        records: Where endpoints, their configurations and models are kept.
        fleet: Runs the containers.
    """

    def __init__(self, records: Records, fleet: Fleet) -> None:
        self._records = records
        self._fleet = fleet

    def created(self, record: Record) -> None:
        """Start the variants in the background; Describe says Creating until they are healthy."""
        self._records.change(record, EndpointStatus="Creating")
        request = dict(record.request)
        in_background(lambda: self._deploy(record, request), "create-endpoint")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start the new variants beside the old ones, and move the traffic when they are healthy."""
        refuse_while_busy(record)
        self._records.change(record, EndpointStatus="Updating")
        if request.get("RetainDeploymentConfig"):
            request = {**request, "DeploymentConfig": record.outcome.get("LastDeploymentConfig")}
        in_background(lambda: self._deploy(record, request), "update-endpoint")

    def stopped(self, record: Record) -> None:
        """Endpoints have no Stop."""

    def deleted(self, record: Record) -> bool:
        """Stop the variants in the background and then forget the endpoint."""
        refuse_while_busy(record)
        self._records.change(record, EndpointStatus="Deleting")
        in_background(lambda: self._remove(record), "delete-endpoint")
        return False

    def _remove(self, record: Record) -> None:
        self._fleet.stop(record.outcome.get("deployment", []))
        self._records.remove(record)

    def _deploy(self, record: Record, request: Mapping[str, Any]) -> None:
        old: list[dict[str, Any]] = record.outcome.get("deployment", [])
        new: list[dict[str, Any]] = []
        try:
            planned = self._planned(record, request)
            new = planned["deployment"]
            for container in new:
                self._fleet.start(container)
            if old:
                self._move_traffic(record, planned, request.get("DeploymentConfig"))
        except Exception as error:
            logger.warning("endpoint %s: %s", record.key, error)
            if isinstance(error, RolledBackError):
                self._records.change(record, EndpointStatus="RollingBack", **_GONE)
            self._fleet.stop(new)
            self._settle_failure(record, str(error), had_one=bool(old))
            return
        self._records.change(
            record,
            **{**planned, **_GONE},
            EndpointStatus="InService",
            FailureReason=None,
            LastDeploymentConfig=request.get("DeploymentConfig"),
        )
        self._fleet.stop(old)

    def _planned(self, record: Record, request: Mapping[str, Any]) -> dict[str, Any]:
        configuration = self._records.find("EndpointConfig", str(request["EndpointConfigName"]))
        if configuration is None:
            raise ServiceError(
                "ValidationException", f"Endpoint configuration {request['EndpointConfigName']} is gone."
            )
        planned = plan(self._records, record, configuration)
        if request.get("RetainAllVariantProperties"):
            excluded: list[dict[str, str]] = request.get("ExcludeRetainedVariantProperties") or []
            retain(planned, record.outcome, [each["VariantPropertyType"] for each in excluded])
        return planned

    def _move_traffic(
        self, record: Record, planned: Mapping[str, Any], configuration: Mapping[str, Any] | None
    ) -> None:
        pending = {
            "EndpointConfigName": planned["EndpointConfigName"],
            "ProductionVariants": planned["ProductionVariants"],
            "StartTime": time.time(),
        }
        instances = sum(one.get("CurrentInstanceCount", 0) for one in planned["ProductionVariants"])
        carry_out(
            rollout_of(configuration, instances),
            lambda share: self._records.change(
                record, shift={**planned, "share": share}, PendingDeploymentSummary=pending
            ),
        )

    def _settle_failure(self, record: Record, reason: str, had_one: bool) -> None:
        """A first deployment leaves the endpoint Failed; a later one leaves the earlier one serving."""
        self._records.change(
            record,
            EndpointStatus="InService" if had_one else "Failed",
            FailureReason=reason,
            EndpointConfigName=record.outcome.get("EndpointConfigName", record.request["EndpointConfigName"]),
            **_GONE,
        )

    def settle_after_restart(self, reason: str) -> list[str]:
        """Bring endpoints that were changing when the emulator ended into a final state; returns sentences."""
        said: list[str] = []
        for record in self._records.everywhere():
            if record.kind != "Endpoint" or not is_busy(record):
                continue
            status = status_of(record)
            if status == "Deleting":
                self._records.remove(record)
            else:
                self._settle_failure(record, reason, had_one=bool(record.outcome.get("deployment")))
            said.append(f"endpoint {record.request['EndpointName']} was {status}: {reason}")
        return said

    def update_weights_and_capacities(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UpdateEndpointWeightsAndCapacities: weights, instance counts and concurrencies count at once."""
        record = self._records.find("Endpoint", str(request["EndpointName"]))
        if record is None:
            raise ServiceError("ValidationException", f'Could not find endpoint "{request["EndpointName"]}".')
        refuse_while_busy(record)
        wanted = {change["VariantName"]: change for change in request["DesiredWeightsAndCapacities"]}
        variants = {variant["VariantName"]: variant for variant in record.outcome["ProductionVariants"]}
        unknown = sorted(set(wanted) - set(variants))
        if unknown:
            raise ServiceError("ValidationException", f"Could not find production variants: {', '.join(unknown)}.")
        for name, change in wanted.items():
            if "DesiredInstanceCount" in change:
                _check_count(record, variants[name], change["DesiredInstanceCount"])
            if "ServerlessUpdateConfig" in change:
                _check_serverless(variants[name], change["ServerlessUpdateConfig"])
        for name, change in wanted.items():
            for given, shown in (("DesiredWeight", "Weight"), ("DesiredInstanceCount", "InstanceCount")):
                if given in change:
                    variants[name][f"Current{shown}"] = variants[name][f"Desired{shown}"] = change[given]
            if changed := change.get("ServerlessUpdateConfig"):
                serverless = {**variants[name]["CurrentServerlessConfig"], **changed}
                variants[name].update(CurrentServerlessConfig=serverless, DesiredServerlessConfig=serverless)
        self._records.touched(record)
        return {"EndpointArn": record.arn}


def _check_count(record: Record, variant: Mapping[str, Any], count: int) -> None:
    name = variant["VariantName"]
    if "CurrentInstanceCount" not in variant:
        raise ServiceError("ValidationException", f"Variant {name} is serverless; it has no instances to count.")
    if count < 1 and not record.outcome.get("AsyncInferenceConfig"):
        raise ServiceError(
            "ValidationException",
            f"DesiredInstanceCount of variant {name} must be at least 1, got: {count}; only the variants of "
            "asynchronous endpoints scale to zero.",
        )


def _check_serverless(variant: Mapping[str, Any], change: Mapping[str, int]) -> None:
    name, current = variant["VariantName"], variant.get("CurrentServerlessConfig")
    if current is None:
        raise ServiceError("ValidationException", f"Variant {name} is not serverless.")
    wanted = {**current, **change}
    if wanted.get("ProvisionedConcurrency", 0) > wanted["MaxConcurrency"]:
        raise ServiceError(
            "ValidationException",
            f"ProvisionedConcurrency of variant {name} must be at most its MaxConcurrency "
            f"({wanted['MaxConcurrency']}), got: {wanted['ProvisionedConcurrency']}",
        )
