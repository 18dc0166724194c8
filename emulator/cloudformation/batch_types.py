"""`AWS::Batch::ComputeEnvironment`, `JobQueue` and `JobDefinition`, mapped onto the emulated API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from emulator.coverage import Coverage
from emulator.ministack.stack_hooks import add_resource_type
from emulator.services.batch.service import Batch
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import api_names, fitted, generated_name

COVERAGE = (
    Coverage(
        "CloudFormation of Batch",
        real="compute environments, replaced or changed in place as `ReplaceComputeEnvironment` says; queues,"
        " disabled before they are deleted; job definitions, of which an update registers a revision and deregisters"
        " the one before, unless `SkipDeregisterOnUpdate`",
        refused="scheduling policies, consumable resources, service environments, quota shares",
    ),
)

Properties = dict[str, Any]

_REPLACED = (
    "AllocationStrategy", "BidPercentage", "Ec2Configuration", "Ec2KeyPair", "ImageId", "InstanceRole",
    "InstanceTypes", "LaunchTemplate", "PlacementGroup", "ScalingPolicy", "SecurityGroupIds", "Subnets", "Tags",
    "Type",
)  # fmt: skip
"""What replaces a compute environment unless it says otherwise; the schema's conditionalCreateOnlyProperties."""
_LONGEST_NAME = 128


class _Type(Protocol):
    """One type."""

    replacing: Sequence[str]

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a resource; its identifier and attributes."""
        ...

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, *others: Any
    ) -> tuple[str, Properties]:
        """Change a resource; another identifier is one that takes its place."""
        ...

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete a resource."""
        ...


class _ComputeEnvironments:
    replacing: Sequence[str] = ("ComputeEnvironmentName", "Tags", "Type")

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        request = _request("CreateComputeEnvironment", properties)
        request.setdefault("computeEnvironmentName", generated_name(stack_name, logical_id, _LONGEST_NAME))
        arn = self._batch.call("CreateComputeEnvironment", request)["computeEnvironmentArn"]
        return arn, {"ComputeEnvironmentArn": arn}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, *others: Any
    ) -> tuple[str, Properties]:
        del others
        before, after = (each.get("ComputeResources", {}) for each in (old, new))
        changed = [name for name in _REPLACED if before.get(name) != after.get(name)]
        if changed and str(new.get("ReplaceComputeEnvironment", True)).lower() == "true":
            # A name of its own choice is taken: so it is in AWS.
            return self.create("Replaced", new, stack_name)
        request = _request("UpdateComputeEnvironment", {"computeEnvironment": physical_id, **new})
        self._batch.call("UpdateComputeEnvironment", request)
        return physical_id, {"ComputeEnvironmentArn": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        del properties
        known = {"computeEnvironment": physical_id}
        if self._batch.call("DescribeComputeEnvironments", {"computeEnvironments": [physical_id]})[
            "computeEnvironments"
        ]:
            self._batch.call("UpdateComputeEnvironment", {**known, "state": "DISABLED"})
            self._batch.call("DeleteComputeEnvironment", known)


class _JobQueues:
    replacing: Sequence[str] = ("JobQueueName", "JobQueueType")

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        request = _request("CreateJobQueue", properties)
        request.setdefault("jobQueueName", generated_name(stack_name, logical_id, _LONGEST_NAME))
        arn = self._batch.call("CreateJobQueue", request)["jobQueueArn"]
        return arn, {"JobQueueArn": arn}

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, *others: Any
    ) -> tuple[str, Properties]:
        del old, stack_name, others
        self._batch.call("UpdateJobQueue", _request("UpdateJobQueue", {"jobQueue": physical_id, **new}))
        return physical_id, {"JobQueueArn": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        del properties
        if self._batch.call("DescribeJobQueues", {"jobQueues": [physical_id]})["jobQueues"]:
            self._batch.call("UpdateJobQueue", {"jobQueue": physical_id, "state": "DISABLED"})
            self._batch.call("DeleteJobQueue", {"jobQueue": physical_id})


class _JobDefinitions:
    replacing: Sequence[str] = ("JobDefinitionName",)

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        request = _request("RegisterJobDefinition", properties)
        request.setdefault("jobDefinitionName", generated_name(stack_name, logical_id, _LONGEST_NAME))
        return self._register(request)

    def update(
        self, physical_id: str, old: Properties, new: Properties, stack_name: str, *others: Any
    ) -> tuple[str, Properties]:
        del old, stack_name, others
        name = physical_id.rpartition("/")[2].partition(":")[0]
        return self._register({**_request("RegisterJobDefinition", new), "jobDefinitionName": name})

    def delete(self, physical_id: str, properties: Properties) -> None:
        # An update ends with the deletion of the revision before.
        kept = properties.get("ResourceRetentionPolicy", {}).get("SkipDeregisterOnUpdate", False)
        name = physical_id.rpartition("/")[2].partition(":")[0]
        active = self._batch.call("DescribeJobDefinitions", {"jobDefinitionName": name, "status": "ACTIVE"})
        revisions = [each["jobDefinitionArn"] for each in active["jobDefinitions"]]
        if physical_id in revisions and (revisions[0] == physical_id or str(kept).lower() != "true"):
            self._batch.call("DeregisterJobDefinition", {"jobDefinition": physical_id})

    def _register(self, request: Properties) -> tuple[str, Properties]:
        arn = self._batch.call("RegisterJobDefinition", request)["jobDefinitionArn"]
        return arn, {"JobDefinitionArn": arn}


def add_batch_types(batch: Batch) -> None:
    """Register the types."""
    types: dict[str, _Type] = {
        "ComputeEnvironment": _ComputeEnvironments(batch),
        "JobQueue": _JobQueues(batch),
        "JobDefinition": _JobDefinitions(batch),
    }
    for name, type_ in types.items():
        handlers = {"create": type_.create, "update": type_.update, "delete": type_.delete}
        add_resource_type(f"AWS::Batch::{name}", handlers, replacing=type_.replacing, tags=("Tags", "map"))


def _request(operation: str, properties: Properties) -> Properties:
    shape = service_model("batch").operation_model(operation).input_shape
    if shape is None:
        raise ServiceError("ClientException", f"{operation} takes no input")
    return fitted(shape, api_names(shape, properties))
