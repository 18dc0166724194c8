"""Updates of endpoints: what moves from one configuration to the next, and how."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, Request, rule
from sagemaker_constructs.core.tokens import is_token

_UPDATE = "UpdateEndpoint"
_BACK = "RollbackMaximumBatchSize"
_PERCENT = {"CanarySize": (1, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50), _BACK: (5, 100)}
"""The least and the most of the instances that a part of a rollout may be, by the member that says it."""


def _variants(configuration: Request | None) -> Mapping[str, Request]:
    """The production variants of an endpoint configuration, by name."""
    return {one["VariantName"]: one for one in (configuration or {}).get("ProductionVariants", ())}


def _deployed(call: Call) -> Request | None:
    """What has been made of the endpoint."""
    return call.find("Endpoint", call.request["EndpointName"])


def _before(call: Call) -> Mapping[str, Request]:
    """The variants of the endpoint configuration that the endpoint has."""
    deployed = _deployed(call)
    return _variants(call.find("EndpointConfig", deployed["EndpointConfigName"])) if deployed else {}


def _after(call: Call) -> Mapping[str, Request]:
    """The variants of the endpoint configuration that the endpoint is to have."""
    return _variants(call.find("EndpointConfig", call.request["EndpointConfigName"]))


@rule(
    _UPDATE,
    f"{GUIDE}/endpoint-scaling-update.html",
    read="2026-11-24",
    enforced=("emulator",),
)
def scaled_variants_stay_as_they_are(call: Call) -> Iterator[Broken]:
    """A variant that is registered as a scalable target can neither be removed nor change its instance type."""
    after = _after(call)
    for name, variant in _before(call).items() if after else ():
        target = f"endpoint/{call.request['EndpointName']}/variant/{name}"
        same = name in after and after[name].get("InstanceType") == variant.get("InstanceType")
        if not same and call.find("ScalableTarget", target):
            yield "EndpointConfigName", target


@rule(_UPDATE, f"{GUIDE}/deployment-guardrails-exclusions.html", read="2026-11-24", enforced=("emulator",))
def deployments_keep_the_names_of_variants(call: Call) -> Iterator[Broken]:
    """An update with a deployment configuration requires the same variant names before and after."""
    before, after = sorted(_before(call)), sorted(_after(call))
    if call.request.get("DeploymentConfig") and before and after and before != after:
        yield "EndpointConfigName", f"{', '.join(after)} after {', '.join(before)}"


@rule("CreateEndpoint", f"{API}/API_TrafficRoutingConfig.html", read="2026-11-24", also=(_UPDATE,))
def shifted_rollouts_move_at_most_half(call: Call) -> Iterator[Broken]:
    """A canary, a linear step and a rolling batch are at most half of a variant's instances, and it needs two."""
    policy = _shifted(call.request.get("DeploymentConfig") or {})
    retained = _retained_counts(call)
    for name, variant in _after(call).items() if policy else ():
        count = retained.get(name, variant.get("InitialInstanceCount"))
        if count is None or is_token(count):
            continue
        if count < 2:
            yield f"DeploymentConfig.{policy}", f"{count} of {name}"
        for path, member, size in _sizes(call.request.get("DeploymentConfig") or {}):
            moved = size.get("Value") if size.get("Type") == "INSTANCE_COUNT" and member != _BACK else None
            if moved is not None and not is_token(moved) and not 1 <= moved <= max(count // 2, 1):
                yield path, f"{moved:g} of the {count} instances of {name}"


@rule("CreateEndpoint", f"{API}/API_TrafficRoutingConfig.html", read="2026-11-28", also=(_UPDATE,))
def shares_of_a_rollout_have_limits(call: Call) -> Iterator[Broken]:
    """A canary is 1 to 50 percent of the instances, a linear step 10 to 50, a batch 5 to 50, one on the way back 5 to
    100."""
    for path, member, size in _sizes(call.request.get("DeploymentConfig") or {}):
        least, most = _PERCENT[member]
        percent = size.get("Value") if size.get("Type") == "CAPACITY_PERCENT" else None
        if percent is not None and not is_token(percent) and not least <= percent <= most:
            yield f"{path}.Value", f"{percent:g}"


@rule("CreateEndpoint", f"{GUIDE}/deployment-guardrails-exclusions.html", read="2026-11-24", also=(_UPDATE,))
def rolling_updates_have_one_variant(call: Call) -> Iterator[Broken]:
    """A rolling deployment does not support endpoints with several variants."""
    variants = _after(call)
    if _shifted(call.request.get("DeploymentConfig") or {}) == "RollingUpdatePolicy" and len(variants) > 1:
        yield "DeploymentConfig.RollingUpdatePolicy", f"{len(variants)} variants"


@rule(
    _UPDATE,
    f"{API}/API_VariantProperty.html",
    read="2026-11-24",
    enforced=("emulator",),
)
def data_capture_is_no_retained_property(call: Call) -> Iterator[Broken]:
    """DataCaptureConfig is not currently supported as a variant property: data capture follows the configuration."""
    for excluded in call.request.get("ExcludeRetainedVariantProperties") or ():
        if excluded["VariantPropertyType"] == "DataCaptureConfig":
            yield "ExcludeRetainedVariantProperties", "DataCaptureConfig"


def _shifted(deployment: Mapping[str, Any]) -> str:
    """The member of a deployment configuration that moves traffic in shares; empty where all moves at once."""
    if deployment.get("RollingUpdatePolicy"):
        return "RollingUpdatePolicy"
    policy: Mapping[str, Any] = deployment.get("BlueGreenUpdatePolicy") or {}
    routing: Mapping[str, Any] = policy.get("TrafficRoutingConfiguration") or {}
    return "BlueGreenUpdatePolicy" if routing.get("Type") in ("CANARY", "LINEAR") else ""


def _sizes(deployment: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each size of a deployment configuration, with its path and the member that it is of."""
    blue_green: Mapping[str, Any] = deployment.get("BlueGreenUpdatePolicy") or {}
    policies: Mapping[str, Mapping[str, Any]] = {
        "BlueGreenUpdatePolicy.TrafficRoutingConfiguration": blue_green.get("TrafficRoutingConfiguration") or {},
        "RollingUpdatePolicy": deployment.get("RollingUpdatePolicy") or {},
    }
    for place, policy in policies.items():
        for member in _PERCENT:
            if policy.get(member):
                yield f"DeploymentConfig.{place}.{member}", member, policy[member]


def _retained_counts(call: Call) -> Mapping[str, int]:
    """The instances that an update leaves to variants, by name."""
    deployed = _deployed(call) if call.request.get("RetainAllVariantProperties") else None
    variants = (deployed or {}).get("ProductionVariants") or ()
    return {one["VariantName"]: one["CurrentInstanceCount"] for one in variants if "CurrentInstanceCount" in one}
