"""MiniStack's types completed: attributes of networks, alarms on metric math, request validators of REST APIs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack.hooks import module
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


def add_request_validation() -> None:
    """Record validators with the API, and each method's validator, as MiniStack's own API calls would."""
    gateway = module("ministack.services.apigateway_v1")
    _complete_validators(gateway)
    _complete_methods(gateway)


def _complete_validators(gateway: Any) -> None:
    handlers = resource_handlers("AWS::ApiGateway::RequestValidator")

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        del stack_name
        request = {
            "name": properties.get("Name", logical_id),
            "validateRequestBody": _flag(properties, "ValidateRequestBody"),
            "validateRequestParameters": _flag(properties, "ValidateRequestParameters"),
        }
        status, _, body = gateway._create_request_validator(properties["RestApiId"], request)
        answer = json.loads(body)
        if status >= 400:
            raise ValueError(answer.get("message", f"the request validator was refused with {status}"))
        return answer["id"], {"RequestValidatorId": answer["id"]}

    def update(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        if any(old.get(name) != new.get(name) for name in ("RestApiId", "Name")):
            return create(physical_id, new, stack_name)
        validator = gateway._request_validators[new["RestApiId"]][physical_id]
        validator["validateRequestBody"] = _flag(new, "ValidateRequestBody")
        validator["validateRequestParameters"] = _flag(new, "ValidateRequestParameters")
        return physical_id, {"RequestValidatorId": physical_id}

    def delete(physical_id: str, properties: Properties) -> None:
        gateway._request_validators.get(properties["RestApiId"], {}).pop(physical_id, None)

    handlers.update(create=create, update=update, delete=delete)


def _complete_methods(gateway: Any) -> None:
    handlers = resource_handlers("AWS::ApiGateway::Method")
    create, update = handlers["create"], handlers["update"]

    def complete(properties: Properties) -> None:
        resource = gateway._resources[properties["RestApiId"]][properties["ResourceId"]]
        method = resource["resourceMethods"][properties["HttpMethod"]]
        method["requestValidatorId"] = properties.get("RequestValidatorId")

    def created(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        result = create(logical_id, properties, stack_name)
        complete(properties)
        return result

    def updated(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        result = update(physical_id, old, new, stack_name)
        complete(new)
        return result

    handlers.update(create=created, update=updated)


def _flag(properties: Properties, name: str) -> bool:
    return str(properties.get(name, False)).lower() == "true"
