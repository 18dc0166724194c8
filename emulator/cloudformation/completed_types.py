"""MiniStack's types completed: `Fn::GetAtt` attributes of networks, and `AWS::CloudWatch::Alarm` on metric math."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack.stack_hooks import cloudformation, resource_handlers

Properties = dict[str, Any]

_ATTRIBUTES: Mapping[str, Callable[[str, Properties], Properties]] = {
    "AWS::EC2::Subnet": lambda id_, given: {
        "CidrBlock": given.get("CidrBlock", ""),
        "VpcId": given.get("VpcId", ""),
        "NetworkAclAssociationId": f"aclassoc-{id_.removeprefix('subnet-')}",
        "Ipv6CidrBlocks": [],
    },
    "AWS::EC2::VPC": lambda id_, given: {
        "CidrBlock": given.get("CidrBlock", ""),
        "Ipv6CidrBlocks": [],
        "CidrBlockAssociations": [f"vpc-cidr-assoc-{id_.removeprefix('vpc-')}"],
    },
}


def _completed(
    handler: Callable[..., tuple[str, Properties]], position: int, attributes: Callable[[str, Properties], Properties]
) -> Callable[..., tuple[str, Properties]]:
    def handle(*arguments: Any) -> tuple[str, Properties]:
        physical_id, known = handler(*arguments)
        return physical_id, {**attributes(physical_id, arguments[position]), **known}

    return handle


def add_attributes() -> None:
    """Complete the types of the table."""
    for name, attributes in _ATTRIBUTES.items():
        handlers = resource_handlers(name)
        handlers["create"] = _completed(handlers["create"], 1, attributes)
        handlers["update"] = _completed(handlers["update"], 2, attributes)


def add_metric_math() -> None:
    """Let alarms with `Metrics` be made; `emulator.services.cloudwatch.alarms` evaluates them."""
    provisioners = cloudformation("provisioners")
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Properties) -> Properties:
        queries: list[Properties] = properties.get("Metrics") or []
        if not queries:
            return original(name, properties)
        others = {key: value for key, value in properties.items() if key != "Metrics"}
        # The names are there to be taken off again: without them MiniStack refuses the alarm.
        made = original(name, {**others, "MetricName": "-", "Namespace": "-"})
        return {**made, "MetricName": "", "Namespace": "", "Metrics": queries}

    provisioners._cw_metric_alarm_record = record
