"""Endpoints: from Creating to InService by way of real processes, and back.

An endpoint's record carries a deployment.
A new deployment is started next to the old one and takes over only when every variant is healthy.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background, is_busy, refuse_while_busy, status_of
from emulator.sagemaker.endpoints.deployment import Deployment, deployment_of
from emulator.sagemaker.endpoints.fleet import ServingFleet
from emulator.sagemaker.endpoints.planning import plan
from emulator.sagemaker.endpoints.rollout import RolledBackError, carry_out, rollout_of
from emulator.sagemaker.endpoints.variants import HostedVariant, Serverless
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.endpoints")

_GONE: dict[str, Any] = {"shift": None, "PendingDeploymentSummary": None}


class Endpoints:
    """Behaviour of the kind `Endpoint`.

    Args:
        records: Where endpoints, their configurations and models are kept.
        fleet: Runs the containers.
    """

    def __init__(self, records: Records, fleet: ServingFleet) -> None:
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
        deployment = deployment_of(record)
        self._fleet.stop(deployment.units if deployment else ())
        self._records.remove(record)

    def _deploy(self, record: Record, request: Mapping[str, Any]) -> None:
        old, planned = deployment_of(record), None
        try:
            planned = self._planned(record, request, old)
            for unit in planned.units:
                self._fleet.start(unit)
            if old:
                self._move_traffic(record, planned, request.get("DeploymentConfig"))
        except Exception as error:
            logger.warning("endpoint %s: %s", record.key, error)
            if isinstance(error, RolledBackError):
                self._records.change(record, EndpointStatus="RollingBack", **_GONE)
            self._fleet.stop(planned.units if planned else ())
            self._settle_failure(record, str(error), had_one=bool(old))
            return
        self._records.change(
            record,
            **planned.members(),
            **_GONE,
            EndpointStatus="InService",
            FailureReason=None,
            LastDeploymentConfig=request.get("DeploymentConfig"),
        )
        self._fleet.stop(old.units if old else ())

    def _planned(self, record: Record, request: Mapping[str, Any], old: Deployment | None) -> Deployment:
        configuration = self._records.find("EndpointConfig", str(request["EndpointConfigName"]))
        if configuration is None:
            raise ServiceError(
                "ValidationException", f"Endpoint configuration {request['EndpointConfigName']} is gone."
            )
        planned = plan(self._records, record, configuration)
        if not request.get("RetainAllVariantProperties"):
            return planned
        excluded: list[dict[str, str]] = request.get("ExcludeRetainedVariantProperties") or []
        return planned.retaining(old, {each["VariantPropertyType"] for each in excluded})

    def _move_traffic(self, record: Record, planned: Deployment, configuration: Mapping[str, Any] | None) -> None:
        members = planned.members()
        shown = {name: members[name] for name in ("EndpointConfigName", "ProductionVariants")}
        pending = {**shown, "StartTime": time.time()}
        carry_out(
            rollout_of(configuration, planned.instances),
            lambda share: self._records.change(
                record, shift={**members, "share": share}, PendingDeploymentSummary=pending
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
                self._settle_failure(record, reason, had_one=deployment_of(record) is not None)
            said.append(f"endpoint {record.request['EndpointName']} was {status}: {reason}")
        return said

    def update_weights_and_capacities(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer UpdateEndpointWeightsAndCapacities: weights, instance counts and concurrencies count at once."""
        record = self._records.find("Endpoint", str(request["EndpointName"]))
        if record is None:
            raise ServiceError("ValidationException", f'Could not find endpoint "{request["EndpointName"]}".')
        refuse_while_busy(record)
        deployment = deployment_of(record)
        if deployment is None:
            raise ServiceError("ValidationException", f'Endpoint "{record.arn}" has no variants.')
        wanted = {change["VariantName"]: change for change in request["DesiredWeightsAndCapacities"]}
        variants = {variant.name: variant for variant in deployment.variants}
        unknown = sorted(set(wanted) - set(variants))
        if unknown:
            raise ServiceError("ValidationException", f"Could not find production variants: {', '.join(unknown)}.")
        changed = {
            name: _changed(variants[name], change, to_zero=deployment.asynchronous is not None)
            for name, change in wanted.items()
        }
        self._records.change(record, **deployment.with_variants(changed).members())
        return {"EndpointArn": record.arn}


def _changed(variant: HostedVariant, change: Mapping[str, Any], *, to_zero: bool) -> HostedVariant:
    """A variant with the weight, count and limits of a DesiredWeightsAndCapacities; raises ServiceError."""
    weight = change.get("DesiredWeight", variant.weight)
    count, serverless = variant.instances, variant.serverless
    if "DesiredInstanceCount" in change:
        count = _count(variant, change["DesiredInstanceCount"], to_zero=to_zero)
    if "ServerlessUpdateConfig" in change:
        serverless = _serverless(variant, change["ServerlessUpdateConfig"])
    return replace(variant, weight=weight, instances=count, serverless=serverless)


def _count(variant: HostedVariant, count: int, *, to_zero: bool) -> int:
    if variant.instances is None:
        raise ServiceError(
            "ValidationException", f"Variant {variant.name} is serverless; it has no instances to count."
        )
    if count < 1 and not to_zero:
        raise ServiceError(
            "ValidationException",
            f"DesiredInstanceCount of variant {variant.name} must be at least 1, got: {count}; only the variants of "
            "asynchronous endpoints scale to zero.",
        )
    return count


def _serverless(variant: HostedVariant, change: Mapping[str, int]) -> Serverless:
    if variant.serverless is None:
        raise ServiceError("ValidationException", f"Variant {variant.name} is not serverless.")
    wanted = variant.serverless.changed(change)
    if (wanted.provisioned or 0) > wanted.max_concurrency:
        raise ServiceError(
            "ValidationException",
            f"ProvisionedConcurrency of variant {variant.name} must be at most its MaxConcurrency "
            f"({wanted.max_concurrency}), got: {wanted.provisioned}",
        )
    return wanted
