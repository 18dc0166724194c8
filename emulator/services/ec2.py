"""Subnets and security groups that MiniStack would delete below the network interfaces that are in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks

COVERAGE = (
    Coverage(
        "EC2",
        real="subnets and security groups stay while a network interface is in them",
        recorded="all networking: endpoints and jobs in a VPC make no network interfaces",
    ),
)

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
