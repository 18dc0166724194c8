"""Application Auto Scaling's API: targets, policies and scheduled actions, kept and described.

`emulator.services.application_autoscaling.scaling` carries the policies out.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page
from emulator.shapes.service_model import members_of, service_model
from emulator.shapes.validation import validate

_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_MOST_ACTIVITIES = 100
_NAMES = {"policies": "PolicyName", "actions": "ScheduledActionName"}


class ApplicationAutoScaling:
    """Answers the API's operations.

    Args:
        scope: Says whose targets the current request sees.
        rules: What AWS refuses beyond the shapes of requests.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, scope: Callable[[], Scope], rules: AwsRules, changed: Callable[[], None]) -> None:
        self._scope = scope
        self._rules = rules
        self._changed = changed
        self._lock = StateLock()
        self._kept: dict[str, dict[str, dict[str, Any]]] = {
            "targets": {},
            "policies": {},
            "actions": {},
            "activities": {},
        }
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": lambda request: self._describe("targets", "ScalableTargets", request),
            "PutScalingPolicy": self._put_policy,
            "DeleteScalingPolicy": lambda request: self._delete("policies", request),
            "DescribeScalingPolicies": lambda request: self._describe("policies", "ScalingPolicies", request),
            "PutScheduledAction": self._put_action,
            "DeleteScheduledAction": lambda request: self._delete("actions", request),
            "DescribeScheduledActions": lambda request: self._describe("actions", "ScheduledActions", request),
            "DescribeScalingActivities": lambda request: self._describe("activities", "ScalingActivities", request),
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one operation; raises ServiceError."""
        answer = self._operations.get(name)
        if answer is None:
            raise ServiceError("UnsupportedOperation", f"The emulator does not implement {name}.")
        validate(service_model("application-autoscaling").operation_model(name).input_shape, request)
        self._rules.refuse(name, request)
        with self._lock:
            return answer(request)

    def get_state(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        with self._lock:
            return {"kept": json.loads(json.dumps(self._kept))}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `get_state` gave, at start."""
        self._kept.update(state.get("kept", {}))

    def targets(self) -> list[tuple[Scope, dict[str, Any]]]:
        """Every scalable target with whose it is."""
        with self._lock:
            return [(Scope(*key.split("|")[:2]), dict(target)) for key, target in self._kept["targets"].items()]

    def registered(self, kind: str, resource_id: str) -> Mapping[str, Any] | None:
        """A scalable target of a resource in the current scope; None when there is none."""
        del kind
        scope = self._scope()
        targets = (target for of, target in self.targets() if of == scope)
        return next((target for target in targets if target["ResourceId"] == resource_id), None)

    def policies(self, target: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The policies of a target of the current scope."""
        return self._of("policies", target)

    def actions(self, target: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The scheduled actions of a target of the current scope."""
        return self._of("actions", target)

    def _of(self, kind: str, target: Mapping[str, Any]) -> list[dict[str, Any]]:
        prefix = self._key(target)
        with self._lock:
            return [dict(kept) for key, kept in self._kept[kind].items() if key.startswith(prefix)]

    def add_activity(self, target: Mapping[str, Any], capacity: int, cause: str) -> None:
        """Note that a target of the current scope was scaled; of old activities the last 100 are kept."""
        unit = str(target["ScalableDimension"]).rsplit(":", 1)[-1].removeprefix("Desired")
        wanted = f"desired {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', unit).lower()} to {capacity}."
        now, activity = time.time(), str(uuid.uuid4())
        with self._lock:
            activities = self._kept["activities"]
            # The youngest is described first.
            activities[self._key(target, f"{10_000_000_000 - now:.6f}")] = {
                **{name: target[name] for name in _TARGET},
                "ActivityId": activity,
                "Description": f"Setting {wanted}",
                "Cause": cause,
                "StartTime": now,
                "EndTime": now,
                "StatusCode": "Successful",
                "StatusMessage": f"Successfully set {wanted} Change successfully fulfilled by "
                f"{target['ServiceNamespace']}.",
            }
            prefix = self._key(target)
            for old in sorted(key for key in activities if key.startswith(prefix))[_MOST_ACTIVITIES:]:
                del activities[old]
        self._changed()

    def _key(self, request: Mapping[str, Any], name: str = "") -> str:
        scope = self._scope()
        return "|".join((scope.account, scope.region, *(str(request[part]) for part in _TARGET), name))

    def _arn(self, kind: str, resource: str) -> str:
        scope = self._scope()
        return f"arn:aws:{kind}:{scope.region}:{scope.account}:{resource}"

    def _register(self, request: Mapping[str, Any]) -> dict[str, Any]:
        old = self._kept["targets"].get(self._key(request))
        if old is None and ("MinCapacity" not in request or "MaxCapacity" not in request):
            raise ServiceError("ValidationException", "MinCapacity and MaxCapacity are required for a new target.")
        service = str(request["ServiceNamespace"])
        target = old or {
            "CreationTime": time.time(),
            "ScalableTargetARN": self._arn("application-autoscaling", f"scalable-target/{uuid.uuid4().hex[:24]}"),
            "RoleARN": f"arn:aws:iam::{self._scope().account}:role/aws-service-role/{service}.application-autoscaling"
            f".amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{service.title()}Endpoint",
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "tags": {},
        }
        merged: dict[str, Any] = {**target, **request, "tags": {**target["tags"], **request.get("Tags", {})}}
        merged.pop("Tags", None)
        if merged["MinCapacity"] > merged["MaxCapacity"]:
            raise ServiceError("ValidationException", "Minimum capacity cannot be greater than maximum capacity.")
        self._kept["targets"][self._key(request)] = merged
        self._changed()
        return {"ScalableTargetARN": merged["ScalableTargetARN"]}

    def _require_target(self, request: Mapping[str, Any]) -> None:
        if self._key(request) not in self._kept["targets"]:
            raise ServiceError(
                "ObjectNotFoundException",
                f"No scalable target registered for service namespace: {request['ServiceNamespace']}, "
                f"resource ID: {request['ResourceId']}, scalable dimension: "
                f"{request['ScalableDimension']}",
            )

    def _deregister(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._require_target(request)
        key = self._key(request)
        del self._kept["targets"][key]
        for kind in ("policies", "actions"):
            self._kept[kind] = {other: kept for other, kept in self._kept[kind].items() if not other.startswith(key)}
        self._changed()
        return {}

    def _put_policy(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._require_target(request)
        key = self._key(request, str(request["PolicyName"]))
        old = self._kept["policies"].get(key, {})
        resource = f"{request['ServiceNamespace']}/{request['ResourceId']}:policyName/{request['PolicyName']}"
        policy: dict[str, Any] = {
            "PolicyARN": self._arn("autoscaling", f"scalingPolicy:{uuid.uuid4()}:resource/{resource}"),
            "CreationTime": time.time(),
            "Alarms": [],
            "PolicyType": "StepScaling",
            **old,
            **request,
        }
        self._kept["policies"][key] = policy
        self._changed()
        return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}

    def _put_action(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._require_target(request)
        name = str(request["ScheduledActionName"])
        key = self._key(request, name)
        resource = f"{request['ServiceNamespace']}/{request['ResourceId']}:scheduledActionName/{name}"
        self._kept["actions"][key] = {
            "ScheduledActionARN": self._arn("autoscaling", f"scheduledAction:{uuid.uuid4()}:resource/{resource}"),
            "CreationTime": time.time(),
            **self._kept["actions"].get(key, {}),
            **request,
        }
        self._changed()
        return {}

    def _delete(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        name = str(request[_NAMES[kind]])
        if self._kept[kind].pop(self._key(request, name), None) is None:
            raise ServiceError(
                "ObjectNotFoundException",
                f"No scaling policy or action found with name {name} for resource ID: {request['ResourceId']}",
            )
        self._changed()
        return {}

    def _describe(self, kind: str, member: str, request: Mapping[str, Any]) -> dict[str, Any]:
        scope = self._scope()
        prefix = f"{scope.account}|{scope.region}|{request['ServiceNamespace']}|"
        operation = service_model("application-autoscaling").operation_model(f"Describe{member}")
        shown = set(members_of(members_of(operation.output_shape)[member].member))
        rows = [
            ([key], {name: value for name, value in kept.items() if name in shown})
            for key, kept in sorted(self._kept[kind].items())
            if key.startswith(prefix) and _fits(kept, request)
        ]
        items, token = page(rows, {"MaxResults": 50, **request})
        return {member: items, **({"NextToken": token} if token else {})}

    def _tagged(self, request: Mapping[str, Any]) -> dict[str, str]:
        for target in self._kept["targets"].values():
            if target["ScalableTargetARN"] == request["ResourceARN"]:
                return target["tags"]
        raise ServiceError("ResourceNotFoundException", f"No scalable target found for {request['ResourceARN']}")

    def _list_tags(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"Tags": dict(self._tagged(request))}

    def _tag(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._tagged(request).update(request["Tags"])
        self._changed()
        return {}

    def _untag(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for key in request["TagKeys"]:
            self._tagged(request).pop(key, None)
        self._changed()
        return {}


def _fits(kept: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    one_of = {"ResourceIds": "ResourceId", "PolicyNames": "PolicyName", "ScheduledActionNames": "ScheduledActionName"}
    if any(kept.get(name) not in request[given] for given, name in one_of.items() if given in request):
        return False
    return all(kept[name] == request[name] for name in ("ResourceId", "ScalableDimension") if name in request)
