"""What scales, and by what."""

from collections import Counter
from typing import Any

from demo.deployment import Answered, Deployment

_MOST_NAMED = 3


def ask_what_scales(deployed: Deployment) -> Answered:
    """Every policy and every schedule of the whole platform."""
    autoscaling = deployed.client("application-autoscaling")
    policies = _all(autoscaling, "describe_scaling_policies", "ScalingPolicies")
    targets = _all(autoscaling, "describe_scalable_targets", "ScalableTargets")
    schedules = _all(autoscaling, "describe_scheduled_actions", "ScheduledActions")
    kinds = Counter(str(policy["PolicyType"]) for policy in policies)
    names = sorted({str(schedule["ScheduledActionName"]) for schedule in schedules})[:_MOST_NAMED]
    return Answered(
        kind="scaling",
        endpoint=f"{len(targets)} scalable targets",
        asked="instances, copies and warm containers of all endpoints",
        answered=f"{kinds['TargetTrackingScaling']} follow targets, {kinds['StepScaling']} go in steps; "
        f"{len(schedules)} schedules ({', '.join(names)})",
    )


def _all(client: Any, operation: str, member: str) -> list[dict[str, Any]]:
    pages = client.get_paginator(operation).paginate(ServiceNamespace="sagemaker")
    return [entry for page in pages for entry in page[member]]
