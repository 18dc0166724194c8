"""Endpoints: from Creating to InService by way of real processes, and back.

An endpoint's record carries, beside what Describe shows, a *deployment*: the containers that serve it.
A new deployment is started next to the old one and takes over only when every variant is healthy.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.errors import ServiceError
from emulator.sagemaker.data_plane import Hosting, in_background
from emulator.sagemaker.records import Record, Records
from emulator.sagemaker.rollout import RolledBackError, carry_out, rollout_of
from emulator.sagemaker.variants import plan, retain

logger = logging.getLogger("emulator.endpoints")

_BUSY = ("Creating", "Updating", "Deleting", "SystemUpdating", "RollingBack")
_GONE: dict[str, Any] = {"shift": None, "PendingDeploymentSummary": None}


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
        request = dict(record.request)
        in_background(lambda: self._deploy(record, request), "create-endpoint")

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Start the new variants beside the old ones, and move the traffic when they are healthy."""
        self._refuse_while_busy(record)
        self._records.change(record, EndpointStatus="Updating")
        if request.get("RetainDeploymentConfig"):
            request = {**request, "DeploymentConfig": record.outcome.get("LastDeploymentConfig")}
        in_background(lambda: self._deploy(record, request), "update-endpoint")

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

    def _deploy(self, record: Record, request: Mapping[str, Any]) -> None:
        old: list[dict[str, Any]] = record.outcome.get("deployment", [])
        new: list[dict[str, Any]] = []
        try:
            planned = self._planned(record, request)
            new = planned["deployment"]
            for container in new:
                self._start(container)
            if old:
                self._move_traffic(record, planned, request.get("DeploymentConfig"))
        except Exception as error:
            logger.warning("endpoint %s: %s", record.key, error)
            if isinstance(error, RolledBackError):
                self._records.change(record, EndpointStatus="RollingBack", **_GONE)
            self._stop(new)
            self._settle_failure(record, str(error), had_one=bool(old))
            return
        self._records.change(
            record,
            **{**planned, **_GONE},
            EndpointStatus="InService",
            FailureReason=None,
            LastDeploymentConfig=request.get("DeploymentConfig"),
        )
        self._stop(old)

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
        """Answer UpdateEndpointWeightsAndCapacities: weights and instance counts count at once."""
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
            if "DesiredInstanceCount" in change:
                _check_count(record, variants[name], change["DesiredInstanceCount"])
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
