"""Application Auto Scaling at work: policies look at their metrics and alarms, and capacities change.

A round takes place every `ROUND_SECONDS`. Periods and cooldowns pass `EMULATOR_TIME_FACTOR` times faster than in
AWS: at the default of 60, target tracking scales out after 3 seconds above its target and in after 15 below.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.services.application_autoscaling.policies import IN_PERIODS, stepped_capacity, tracked_capacity
from emulator.services.application_autoscaling.scalable_resources import ScalableResources
from emulator.services.clock import shortened
from emulator.services.cloudwatch import alarms, metric_store

ROUND_SECONDS = 0.25
_MINUTE = 60.0
_COOLDOWN = 300.0

_PREDEFINED = {
    "SageMakerVariantInvocationsPerInstance": ("InvocationsPerInstance", "Sum"),
    "SageMakerVariantConcurrentRequestsPerModelHighResolution": ("ConcurrentRequestsPerModel", "Maximum"),
    "SageMakerVariantProvisionedConcurrencyUtilization": ("ServerlessProvisionedConcurrencyUtilization", "Maximum"),
    "SageMakerInferenceComponentInvocationsPerCopy": ("InvocationsPerCopy", "Sum"),
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution": ("ConcurrentRequestsPerCopy", "Maximum"),
}
"""Metrics in AWS/SageMaker and their statistics, by PredefinedMetricType."""

_DIMENSIONS = {"endpoint": ("EndpointName", "VariantName"), "inference-component": ("InferenceComponentName",)}

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class _Wish:
    policy: Policy
    capacity: int
    cause: str


class Scaling:
    """Carries out scaling policies.

    Args:
        resources: What is scaled.
    """

    def __init__(self, resources: ScalableResources) -> None:
        self._resources = resources
        self._first_seen: dict[str, float] = {}
        self._last: dict[tuple[str, str], float] = {}

    def act(self) -> None:
        """Look at every target once."""
        self._resources.visit(self._consider)

    def _consider(self, target: Mapping[str, Any]) -> None:
        current = self._resources.current(target)
        if current is None:
            return
        policies = self._resources.autoscaling.policies(target)
        wishes = [wish for policy in policies for wish in self._wishes(policy, current)]
        suspended = target["SuspendedState"]
        chosen = None
        outs = [wish for wish in wishes if wish.capacity > current]
        if outs:
            if not suspended["DynamicScalingOutSuspended"]:
                chosen = max(outs, key=lambda wish: wish.capacity)
        elif not suspended["DynamicScalingInSuspended"] and _all_want_less(wishes, current):
            chosen = max((wish for wish in wishes if wish.capacity < current), key=lambda wish: wish.capacity)
        if chosen is None:
            return
        capacity = max(target["MinCapacity"], min(target["MaxCapacity"], chosen.capacity))
        # Bounds may have moved past the present capacity: no wish for more ends in less, or the reverse.
        if (capacity > current) != (chosen.capacity > current) or capacity == current:
            return
        self._last[chosen.policy["PolicyARN"], "out" if capacity > current else "in"] = time.monotonic()
        self._resources.change(target, capacity, chosen.cause)

    def _wishes(self, policy: Policy, current: int) -> Iterator[_Wish]:
        # Without capacity there are no metrics: the periods before scaling in count from the first capacity on.
        if not current or policy["PolicyARN"] not in self._first_seen:
            self._first_seen[policy["PolicyARN"]] = time.monotonic()
        if policy["PolicyType"] == "TargetTrackingScaling":
            yield from self._tracking_wishes(policy, current)
        elif policy["PolicyType"] == "StepScaling":
            yield from self._step_wishes(policy, current)

    def _tracking_wishes(self, policy: Policy, current: int) -> Iterator[_Wish]:
        settings = policy["TargetTrackingScalingPolicyConfiguration"]
        values = _tracked_values(policy)
        if not values:
            return
        wanted = tracked_capacity(values, settings["TargetValue"], current)
        arn, name = policy["PolicyARN"], policy["PolicyName"]
        if wanted < current and (
            settings.get("DisableScaleIn")
            or self._since(arn, "in") < shortened(settings.get("ScaleInCooldown", _COOLDOWN))
            or self._since(arn, "out") < shortened(settings.get("ScaleInCooldown", _COOLDOWN))
            or time.monotonic() - self._first_seen[arn] < shortened(IN_PERIODS * _MINUTE)
        ):
            wanted = current
        if wanted > current and self._since(arn, "out") < shortened(settings.get("ScaleOutCooldown", _COOLDOWN)):
            wanted = current
        if settings.get("DisableScaleIn") and wanted == current:
            return
        direction = "AlarmHigh" if wanted > current else "AlarmLow"
        alarm = f"TargetTracking-{policy['ResourceId']}-{direction}"
        yield _Wish(policy, wanted, f"monitor alarm {alarm} in state ALARM triggered policy {name}")

    def _step_wishes(self, policy: Policy, current: int) -> Iterator[_Wish]:
        settings = policy.get("StepScalingPolicyConfiguration", {})
        pause = shortened(max(settings.get("Cooldown", _COOLDOWN), _MINUTE))
        arn = policy["PolicyARN"]
        if min(self._since(arn, "out"), self._since(arn, "in")) < pause:
            return
        for alarm in alarms.ringing_for(arn):
            threshold = float(alarm["Threshold"])
            value = next((one for one in alarms.values_of(alarm) if one is not None), threshold)
            wanted = stepped_capacity(settings, value - threshold, current)
            cause = f"monitor alarm {alarm['AlarmName']} in state ALARM triggered policy {policy['PolicyName']}"
            yield _Wish(policy, wanted, cause)

    def _since(self, arn: str, direction: str) -> float:
        return time.monotonic() - self._last.get((arn, direction), float("-inf"))


def _all_want_less(wishes: list[_Wish], current: int) -> bool:
    tracking = [wish for wish in wishes if wish.policy["PolicyType"] == "TargetTrackingScaling"]
    return any(wish.capacity < current for wish in wishes) and all(wish.capacity < current for wish in tracking)


def _tracked_values(policy: Policy) -> list[float | None]:
    """The metric's last periods, newest first; empty for metrics that the emulator does not publish."""
    settings = policy["TargetTrackingScalingPolicyConfiguration"]
    custom: Mapping[str, Any] = settings.get("CustomizedMetricSpecification") or {}
    if custom.get("MetricName"):
        dimensions = {one["Name"]: one["Value"] for one in custom.get("Dimensions", [])}
        metric = custom["Namespace"], custom["MetricName"], dimensions, custom.get("Statistic", "Average")
        return list(metric_store.windows(*metric, seconds=shortened(_MINUTE), count=IN_PERIODS))
    predefined: Mapping[str, Any] = settings.get("PredefinedMetricSpecification") or {}
    known = _PREDEFINED.get(predefined.get("PredefinedMetricType", ""))
    if known is None:
        return []
    name, statistic = known
    parts = policy["ResourceId"].split("/")
    dimensions = dict(zip(_DIMENSIONS[parts[0]], parts[1::2], strict=True))
    values = metric_store.windows(
        metric_store.SAGEMAKER, name, dimensions, statistic, seconds=shortened(_MINUTE), count=IN_PERIODS
    )
    # What has no traffic counts as having zero of it, and scales in.
    return [value or 0.0 for value in values]
