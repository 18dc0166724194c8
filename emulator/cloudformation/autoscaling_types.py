"""`AWS::ApplicationAutoScaling::ScalableTarget` and `ScalingPolicy`, mapped onto the emulated API."""

from __future__ import annotations

from typing import Any

from emulator.ministack.stack_hooks import add_resource_type
from emulator.services.application_autoscaling.api import ApplicationAutoScaling
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import members_of, service_model
from emulator.shapes.template_values import fitted

Properties = dict[str, Any]

_TARGET = ("ResourceId", "ScalableDimension", "ServiceNamespace")


def _request(operation: str, properties: Properties) -> Properties:
    shape = service_model("application-autoscaling").operation_model(operation).input_shape
    if shape is None:
        raise TypeError(f"{operation} takes no input")
    return {name: value for name, value in fitted(shape, properties).items() if name in members_of(shape)}


def _actions(properties: Properties) -> list[Properties]:
    return properties.get("ScheduledActions") or []


class AutoScalingTypes:
    """Handlers of both types.

    Args:
        service: The emulated API.
    """

    def __init__(self, service: ApplicationAutoScaling) -> None:
        self._service = service

    def create_target(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a target; its identity is in the properties."""
        del logical_id, stack_name
        return self.register(properties)

    def create_policy(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a policy; its identity is in the properties."""
        del logical_id, stack_name
        return self.put_policy(properties)

    def update_policy(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str
    ) -> tuple[str, Properties]:
        """Update a policy in place."""
        del physical_id, old, stack_name
        return self.put_policy(new)

    def register(self, properties: Properties) -> tuple[str, Properties]:
        """Create or update a scalable target with its scheduled actions."""
        given = dict(properties)
        if isinstance(given.get("Tags"), list):
            given["Tags"] = {tag["Key"]: tag["Value"] for tag in given["Tags"]}
        self._service.call("RegisterScalableTarget", _request("RegisterScalableTarget", given))
        for action in _actions(properties):
            self._service.call(
                "PutScheduledAction",
                _request("PutScheduledAction", {**{name: properties[name] for name in _TARGET}, **action}),
            )
        physical_id = "|".join(str(properties[name]) for name in _TARGET)
        return physical_id, {"Id": physical_id}

    def update_target(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str
    ) -> tuple[str, Properties]:
        """Update a target; scheduled actions that the template dropped are deleted."""
        del physical_id, stack_name
        kept = {action["ScheduledActionName"] for action in _actions(new)}
        for action in _actions(old):
            if action["ScheduledActionName"] not in kept:
                self._service.call(
                    "DeleteScheduledAction",
                    {**{name: new[name] for name in _TARGET}, "ScheduledActionName": action["ScheduledActionName"]},
                )
        return self.register(new)

    def deregister(self, physical_id: str, properties: Properties) -> None:
        """Delete a target; one that is gone already is no error."""
        del properties
        self._quietly("DeregisterScalableTarget", dict(zip(_TARGET, physical_id.split("|"), strict=True)))

    def put_policy(self, properties: Properties) -> tuple[str, Properties]:
        """Create or update a policy."""
        given = dict(properties)
        if "ScalingTargetId" in given:
            given.update(zip(_TARGET, str(given.pop("ScalingTargetId")).split("|"), strict=True))
        arn = self._service.call("PutScalingPolicy", _request("PutScalingPolicy", given))["PolicyARN"]
        return arn, {"Arn": arn}

    def delete_policy(self, physical_id: str, properties: Properties) -> None:
        """Delete a policy; one that went with its target is no error."""
        resource = physical_id.split(":resource/", 1)[1].rsplit(":policyName/", 1)[0]
        namespace, _, resource_id = resource.partition("/")
        named = self._service.call(
            "DescribeScalingPolicies",
            {"ServiceNamespace": namespace, "ResourceId": resource_id, "PolicyNames": [properties["PolicyName"]]},
        )
        for policy in named["ScalingPolicies"]:
            self._quietly("DeleteScalingPolicy", {name: policy[name] for name in (*_TARGET, "PolicyName")})

    def _quietly(self, operation: str, request: Properties) -> None:
        try:
            self._service.call(operation, request)
        except ServiceError as error:
            if error.code != "ObjectNotFoundException":
                raise


def add_autoscaling_types(service: ApplicationAutoScaling) -> None:
    """Register both types."""
    types = AutoScalingTypes(service)
    add_resource_type(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {"create": types.create_target, "update": types.update_target, "delete": types.deregister},
        replacing=_TARGET,
    )
    add_resource_type(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {"create": types.create_policy, "update": types.update_policy, "delete": types.delete_policy},
        replacing=(*_TARGET, "PolicyName", "ScalingTargetId"),
    )
