"""Subnets and security groups in use, and what is in which zone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks

COVERAGE = (
    Coverage(
        "EC2",
        real="subnets and security groups stay while a network interface is in them; which services of interface "
        "endpoints and which instance types a zone has: all, but what `EMULATOR_ABSENT` names, such as "
        "`us-east-1b:m5.large,us-east-1c:sagemaker.api`",
        recorded="all networking: endpoints and jobs in a VPC make no network interfaces",
    ),
)

_INTERFACES = (
    *("sagemaker.api", "sagemaker.experiments", "sagemaker.featurestore-runtime", "sagemaker.metrics"),
    *("sagemaker.runtime", "athena", "batch", "bedrock-runtime", "cloudformation", "codecommit.git-codecommit"),
    *("dynamodb", "ecs", "ecs-agent", "ecs-telemetry", "elasticfilesystem", "glue", "redshift-data"),
    *("redshift-serverless", "s3", "servicecatalog", "states"),
)
"""Services that interface endpoints reach, beside those that MiniStack lists."""
_ZONES = "abc"
_Handler = Callable[[Mapping[str, Any]], Any]


def keep_networks_in_use() -> None:
    """Refuse to delete a subnet or a security group while an interface is in it, by call and by CloudFormation."""
    ec2 = hooks.module("ministack.services.ec2")

    def refused(member: str, delete: _Handler) -> _Handler:
        def call(request: Mapping[str, Any]) -> Any:
            reason = _reason(str(ec2._p(request, member) or ""))
            return ec2._error("DependencyViolation", reason, 400) if reason else delete(request)

        return call

    for action, member in (("DeleteSubnet", "SubnetId"), ("DeleteSecurityGroup", "GroupId")):
        ec2._ACTION_MAP[action] = refused(member, ec2._ACTION_MAP[action])
    for kind in ("AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"):
        _keep_resource(kind)


def add_offers() -> None:
    """Answer which zone has which services of interface endpoints and which instance types."""
    ec2 = hooks.module("ministack.services.ec2")
    ec2._VPCE_INTERFACE_SERVICES = tuple(dict.fromkeys((*ec2._VPCE_INTERFACE_SERVICES, *_INTERFACES)))
    describe = ec2._ACTION_MAP["DescribeVpcEndpointServices"]

    def services(request: Mapping[str, Any]) -> Any:
        asked = ec2._parse_member_list(request, "ServiceName")
        known = {f"com.amazonaws.{ec2.get_region()}.{each}" for each in _all_services()}
        unknown = [each for each in asked if each not in known]
        if unknown:
            return ec2._error("InvalidServiceName", f"The Vpc Endpoint Service '{unknown[0]}' does not exist", 400)
        status, headers, body = describe(request)
        return status, headers, _without_absent(body, ec2.get_region())

    ec2._ACTION_MAP["DescribeVpcEndpointServices"] = services
    ec2._ACTION_MAP["DescribeInstanceTypeOfferings"] = _offerings


def _all_services() -> Sequence[str]:
    ec2 = hooks.module("ministack.services.ec2")
    return (*ec2._VPCE_GATEWAY_SERVICES, *ec2._VPCE_INTERFACE_SERVICES)


def _absent() -> frozenset[tuple[str, str]]:
    """Zones, and what they do not have."""
    written = os.environ.get("EMULATOR_ABSENT", "")
    pairs = (each.strip().partition(":") for each in written.split(",") if each.strip())
    return frozenset((zone, what) for zone, _, what in pairs)


def _without_absent(body: bytes, region: str) -> bytes:
    """The answer about services, each without the zones that do not have it."""
    absent = _absent()
    parts = body.decode().split("<serviceName>")
    for number, part in enumerate(parts):
        service = part.partition("</serviceName>")[0].removeprefix(f"com.amazonaws.{region}.")
        for zone, what in absent:
            if what == service:
                parts[number] = parts[number].replace(f"<item>{zone}</item>", "")
    return "<serviceName>".join(parts).encode()


def _offerings(request: Mapping[str, Any]) -> Any:
    ec2 = hooks.module("ministack.services.ec2")
    kinds: Sequence[str] = ec2._parse_filters(request).get("instance-type", [])
    if str(ec2._p(request, "LocationType")) != "availability-zone" or not kinds:
        words = "The emulator answers for instance types that a filter names, by availability zone."
        return ec2._error("InvalidParameterValue", words, 400)
    absent = _absent()
    items = "".join(
        f"<item><instanceType>{kind}</instanceType><location>{zone}</location>"
        "<locationType>availability-zone</locationType></item>"
        for kind in kinds
        for zone in (f"{ec2.get_region()}{letter}" for letter in _ZONES)
        if (zone, kind) not in absent
    )
    return ec2._xml(
        200, "DescribeInstanceTypeOfferingsResponse", f"<instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>"
    )


def _keep_resource(kind: str) -> None:
    handlers = stack_hooks.resource_handlers(kind)
    delete = handlers["delete"]

    def delete_unused(physical_id: str, properties: Mapping[str, Any]) -> Any:
        if reason := _reason(physical_id):
            raise ValueError(reason)
        return delete(physical_id, properties)

    handlers.update(delete=delete_unused)


def _reason(name: str) -> str:
    """Why EC2 would not delete a subnet or group; empty when nothing is in it."""
    for interface in hooks.module("ministack.services.ec2")._network_interfaces.values():
        if interface["SubnetId"] == name:
            return f"The subnet '{name}' has dependencies and cannot be deleted."
        if any(group["GroupId"] == name for group in interface["Groups"]):
            return f"resource {name} has a dependent object"
    return ""
