"""The endpoint under test, and the reasons not to test it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError


class Refusal(Exception):  # noqa: N818 - no fault of the program: it says what to change
    """Why there is nothing to measure, in one line."""


@dataclass(frozen=True)
class Target:
    """One variant of an endpoint, which stays at ``instances`` while it is measured."""

    endpoint: str
    variant: str
    instances: int


def find_target(sagemaker: Any, autoscaling: Any, endpoint: str, variant: str | None) -> Target:
    """The variant of ``endpoint`` to measure.

    Raises:
        Refusal: It is missing, not in service, has no instances of its own, or something scales it.
    """
    described = _describe(sagemaker, endpoint)
    status = described["EndpointStatus"]
    if status != "InService":
        raise Refusal(f"endpoint {endpoint} must be InService, and is {status}")
    if described.get("AsyncInferenceConfig"):
        raise Refusal(f"endpoint {endpoint} is asynchronous: its queue takes any rate; use scale_on_backlog")
    chosen = _variant(endpoint, described.get("ProductionVariants", []), variant)
    name = chosen["VariantName"]
    if chosen.get("CurrentServerlessConfig"):
        raise Refusal(f"endpoint {endpoint} is serverless: it has no instances whose rate could be found")
    if chosen.get("ManagedInstanceScaling", {}).get("Status") == "ENABLED" or _scales(autoscaling, endpoint, name):
        raise Refusal(
            f"autoscaling is active on variant {name} of endpoint {endpoint}, which would change what is measured: "
            "suspend it, or measure an endpoint with a fixed number of instances"
        )
    return Target(endpoint, name, int(chosen["CurrentInstanceCount"]))


def _describe(sagemaker: Any, endpoint: str) -> Mapping[str, Any]:
    try:
        return sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        message = cast(Any, error).response["Error"]["Message"]
        raise Refusal(f"endpoint {endpoint} is missing: {message}") from error


def _variant(endpoint: str, variants: Sequence[Mapping[str, Any]], wanted: str | None) -> Mapping[str, Any]:
    names = [variant["VariantName"] for variant in variants]
    if wanted is None and len(variants) == 1:
        return variants[0]
    if wanted not in names:
        given = f"has no variant {wanted}" if wanted else "has several variants"
        raise Refusal(f"endpoint {endpoint} {given}: name one with VARIANT={'|'.join(names)}")
    return variants[names.index(wanted)]


def _scales(autoscaling: Any, endpoint: str, variant: str) -> bool:
    targets: Sequence[Mapping[str, Any]] = autoscaling.describe_scalable_targets(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{endpoint}/variant/{variant}"],
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )["ScalableTargets"]
    return any(target["MinCapacity"] != target["MaxCapacity"] and not _suspended(target) for target in targets)


def _suspended(target: Mapping[str, Any]) -> bool:
    state: Mapping[str, bool] = target.get("SuspendedState", {})
    kinds = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    return all(state.get(kind, False) for kind in kinds)
