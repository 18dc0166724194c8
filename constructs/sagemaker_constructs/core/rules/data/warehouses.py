"""Namespaces and workgroups of Redshift Serverless: capacity, subnets, roles and passwords."""

from collections.abc import Iterator, Sequence

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE_WORKGROUP = "CreateWorkgroup"
_UPDATE_WORKGROUP = ("UpdateWorkgroup",)
_CREATE_NAMESPACE = "CreateNamespace"
_UPDATE_NAMESPACE = ("UpdateNamespace",)
_GUIDE = "https://docs.aws.amazon.com/redshift/latest/mgmt"
_API = "https://docs.aws.amazon.com/redshift-serverless/latest/APIReference"
_CAPACITIES = frozenset((4, *range(8, 513, 8), *range(512, 1025, 32)))
_PORTS = frozenset((*range(5431, 5456), *range(8191, 8216)))
_TWO_ZONES = "us-west-1"


@rule(_CREATE_WORKGROUP, f"{_GUIDE}/serverless-capacity.html", also=_UPDATE_WORKGROUP, read="2026-11-29")
def base_capacity_has_steps(call: Call) -> Iterator[Broken]:
    """A base capacity is 4 RPUs, 8 to 512 RPUs in steps of 8, or up to 1024 RPUs in steps of 32."""
    capacity = call.request.get("baseCapacity", 8)
    if not is_token(capacity) and capacity not in _CAPACITIES:
        yield "baseCapacity", capacity


@rule(
    _CREATE_WORKGROUP,
    f"{_GUIDE}/serverless-billing-on-demand.html",
    also=_UPDATE_WORKGROUP,
    read="2026-11-29",
    confidence="inferred",
)
def maximum_capacity_reaches_the_base(call: Call) -> Iterator[Broken]:
    """A maximum capacity must not be less than the base capacity."""
    base, most = call.request.get("baseCapacity"), call.request.get("maxCapacity")
    if base is None or most is None or is_token(base) or is_token(most):
        return
    # -1 takes a maximum away.
    if -1 < most < base:
        yield "maxCapacity", most


@rule(_CREATE_WORKGROUP, f"{_GUIDE}/serverless-usage-considerations.html", also=_UPDATE_WORKGROUP, read="2026-11-29")
def workgroups_span_zones(call: Call) -> Iterator[Broken]:
    """A workgroup requires two subnets in two zones, or three in three with enhanced VPC routing."""
    subnets: Sequence[str] = call.request.get("subnetIds") or ()
    routed = call.request.get("enhancedVpcRouting", False)
    if not subnets or is_token(subnets) or is_token(routed):
        return
    wanted = 3 if routed else 2
    found = [call.find("Subnet", each) for each in subnets]
    zones = {each["AvailabilityZone"] for each in found if each}
    known = all(found) and not any(each.startswith(_TWO_ZONES) for each in zones)
    if len(subnets) < wanted or (known and len(zones) < wanted):
        yield "subnetIds", f"{len(subnets)} in {len(zones)} zones" if known else len(subnets)


@rule(
    _CREATE_WORKGROUP,
    f"{_API}/API_CreateWorkgroup.html",
    also=_UPDATE_WORKGROUP,
    read="2026-11-29",
    enforced=("emulator",),
)
def ports_of_workgroups_are_in_two_ranges(call: Call) -> Iterator[Broken]:
    """The port of a workgroup is 5431 to 5455, or 8191 to 8215."""
    port = call.request.get("port", 5439)
    if not is_token(port) and port not in _PORTS:
        yield "port", port


@rule(
    _CREATE_NAMESPACE,
    f"{_API}/API_CreateNamespace.html",
    also=_UPDATE_NAMESPACE,
    read="2026-11-29",
    enforced=("emulator",),
)
def managed_passwords_are_not_given(call: Call) -> Iterator[Broken]:
    """An adminUserPassword must not be given together with manageAdminPassword."""
    managed = call.request.get("manageAdminPassword", False)
    if managed and not is_token(managed) and call.request.get("adminUserPassword"):
        yield "adminUserPassword", "a password"


@rule(
    _CREATE_NAMESPACE,
    f"{_API}/API_CreateNamespace.html",
    also=_UPDATE_NAMESPACE,
    read="2026-11-29",
    enforced=("emulator",),
)
def keys_of_passwords_are_for_managed_ones(call: Call) -> Iterator[Broken]:
    """An adminPasswordSecretKmsKeyId requires manageAdminPassword."""
    key = call.request.get("adminPasswordSecretKmsKeyId")
    if key and not call.request.get("manageAdminPassword", False):
        yield "adminPasswordSecretKmsKeyId", key
