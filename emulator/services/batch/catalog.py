"""Compute environments, job queues and job definitions: made, changed, described and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from emulator.services.batch.held import BatchRecords, Held, Item, client_error

Request = Mapping[str, Any]

_PLATFORM = {"EC2": "EC2", "SPOT": "EC2", "FARGATE": "FARGATE", "FARGATE_SPOT": "FARGATE"}
_CHANGED_OF_FARGATE = ("desiredvCpus", "maxvCpus", "minvCpus", "securityGroupIds", "subnets")
"""See https://docs.aws.amazon.com/batch/latest/userguide/updating-compute-environments.html"""


class BatchCatalog:
    """Answers all calls that are not about jobs.

    Args:
        records: What is held.
        ended: Called with a queue that is deleted, whose jobs end.
    """

    def __init__(self, records: BatchRecords, ended: Callable[[Held, str], None]) -> None:
        self._records = records
        self._ended = ended
        self.operations: Mapping[str, Callable[[Request], Item]] = {
            "CreateComputeEnvironment": self._create_environment,
            "UpdateComputeEnvironment": self._update_environment,
            "DeleteComputeEnvironment": self._delete_environment,
            "DescribeComputeEnvironments": self._describe_environments,
            "CreateJobQueue": self._create_queue,
            "UpdateJobQueue": self._update_queue,
            "DeleteJobQueue": self._delete_queue,
            "DescribeJobQueues": self._describe_queues,
            "RegisterJobDefinition": self._register_definition,
            "DeregisterJobDefinition": self._deregister_definition,
            "DescribeJobDefinitions": self._describe_definitions,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._tags,
        }

    def environment(self, _kind: str, named: str) -> Request | None:
        """A compute environment, for rules about what refers to it; None where there is none."""
        return self._records.here().environments.get(named.rpartition("/")[2])

    def _create_environment(self, request: Request) -> Item:
        held, name = self._records.here(), request["computeEnvironmentName"]
        if name in held.environments:
            raise client_error(f"Object already exists {name}")
        if request["type"] != "MANAGED" or "eksConfiguration" in request:
            raise client_error("The emulator has managed compute environments of ECS and Fargate only.")
        cluster = f"AWSBatch-{name}-{uuid.uuid4()}"
        own = f"arn:aws:iam::{held.scope.account}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
        held.environments[name] = {
            "tags": {},
            "state": "ENABLED",
            "serviceRole": own,
            **request,
            "computeEnvironmentArn": held.arn(f"compute-environment/{name}"),
            "ecsClusterArn": f"arn:aws:ecs:{held.scope.region}:{held.scope.account}:cluster/{cluster}",
            "containerOrchestrationType": "ECS",
            "status": "VALID",
            "statusReason": "ComputeEnvironment Healthy",
            "uuid": str(uuid.uuid4()),
        }
        return _named(held.environments[name], "computeEnvironmentName", "computeEnvironmentArn")

    def _update_environment(self, request: Request) -> Item:
        known = self._records.here().environment(request["computeEnvironment"])
        before, given = known["computeResources"], dict(request.get("computeResources", {}))
        given.pop("updateToLatestImageVersion", None)
        fixed = [name for name in given if given[name] != before.get(name) and name not in _CHANGED_OF_FARGATE]
        if fixed and _PLATFORM.get(before["type"]) == "FARGATE":
            raise client_error(f"{', '.join(fixed)} of a compute environment of Fargate cannot be changed.")
        resources = {**before, **given}
        if _PLATFORM.get(resources["type"]) != _PLATFORM.get(before["type"]):
            raise client_error("A compute environment cannot be changed from EC2 to Fargate.")
        changes = {name: value for name, value in request.items() if name != "computeEnvironment"}
        known.update(changes, computeResources=resources)
        return _named(known, "computeEnvironmentName", "computeEnvironmentArn")

    def _delete_environment(self, request: Request) -> Item:
        held = self._records.here()
        known = held.environment(request["computeEnvironment"])
        if known["state"] != "DISABLED":
            raise client_error("Cannot delete, state must be DISABLED")
        for queue in held.queues.values():
            if any(each["computeEnvironment"] == known["computeEnvironmentArn"] for each in _order(queue)):
                raise client_error("Cannot delete, found existing JobQueue relationship")
        del held.environments[known["computeEnvironmentName"]]
        return {}

    def _describe_environments(self, request: Request) -> Item:
        held = self._records.here()
        return {"computeEnvironments": _listed(held.environments, request.get("computeEnvironments"))}

    def _create_queue(self, request: Request) -> Item:
        held, name = self._records.here(), request["jobQueueName"]
        if name in held.queues:
            raise client_error(f"Object already exists {name}")
        if request.get("schedulingPolicyArn") or request.get("serviceEnvironmentOrder"):
            raise client_error("The emulator has neither scheduling policies nor service environments of Batch.")
        held.queues[name] = {
            "tags": {},
            "state": "ENABLED",
            **request,
            "computeEnvironmentOrder": _resolved(held, _order(request)),
            "jobQueueArn": held.arn(f"job-queue/{name}"),
            "status": "VALID",
            "statusReason": "JobQueue Healthy",
        }
        return _named(held.queues[name], "jobQueueName", "jobQueueArn")

    def _update_queue(self, request: Request) -> Item:
        held = self._records.here()
        known = held.queue(request["jobQueue"])
        changes = {name: value for name, value in request.items() if name != "jobQueue"}
        if "computeEnvironmentOrder" in changes:
            changes["computeEnvironmentOrder"] = _resolved(held, _order(request))
        known.update(changes)
        return _named(known, "jobQueueName", "jobQueueArn")

    def _delete_queue(self, request: Request) -> Item:
        held = self._records.here()
        known = held.queue(request["jobQueue"])
        if known["state"] != "DISABLED":
            raise client_error("Cannot delete, state must be DISABLED")
        self._ended(held, known["jobQueueArn"])
        del held.queues[known["jobQueueName"]]
        return {}

    def _describe_queues(self, request: Request) -> Item:
        return {"jobQueues": _listed(self._records.here().queues, request.get("jobQueues"))}

    def _register_definition(self, request: Request) -> Item:
        held, name = self._records.here(), request["jobDefinitionName"]
        if request["type"] != "container" or "containerProperties" not in request:
            raise client_error(
                "The emulator has job definitions of the type container with containerProperties only."
            )
        revisions = held.definitions.setdefault(name, [])
        revision = len(revisions) + 1
        made: Item = {
            "tags": {},
            **request,
            "jobDefinitionArn": held.arn(f"job-definition/{name}:{revision}"),
            "revision": revision,
            "status": "ACTIVE",
            "containerOrchestrationType": "ECS",
        }
        revisions.append(made)
        return _named(made, "jobDefinitionName", "jobDefinitionArn", "revision")

    def _deregister_definition(self, request: Request) -> Item:
        self._records.here().definition(request["jobDefinition"])["status"] = "INACTIVE"
        return {}

    def _describe_definitions(self, request: Request) -> Item:
        held, wanted = self._records.here(), request.get("jobDefinitions")
        every = [each for revisions in held.definitions.values() for each in reversed(revisions)]
        if wanted:
            names = [name.rpartition("job-definition/")[2] for name in wanted]
            every = [each for each in every if _revision(each) in names or each["jobDefinitionName"] in names]
        for member, name in (("jobDefinitionName", "jobDefinitionName"), ("status", "status")):
            if request.get(member):
                every = [each for each in every if each[name] == request[member]]
        return {"jobDefinitions": every}

    def _tag(self, request: Request) -> Item:
        self._tagged(request).setdefault("tags", {}).update(request["tags"])
        return {}

    def _untag(self, request: Request) -> Item:
        known = self._tagged(request).setdefault("tags", {})
        for key in request["tagKeys"]:
            known.pop(key, None)
        return {}

    def _tags(self, request: Request) -> Item:
        return {"tags": self._tagged(request).get("tags") or {}}

    def _tagged(self, request: Request) -> Item:
        arn = request["resourceArn"]
        for each in self._records.here().tagged():
            if arn in (each.get(f"{kind}Arn") for kind in ("computeEnvironment", "jobQueue", "jobDefinition", "job")):
                return each
        raise client_error(f"Resource {arn} does not exist")


def _order(queue: Request) -> list[Item]:
    return sorted(queue.get("computeEnvironmentOrder", ()), key=lambda each: each["order"])


def _resolved(held: Held, order: list[Item]) -> list[Item]:
    known = [held.environment(each["computeEnvironment"]) for each in order]
    return [
        {"order": each["order"], "computeEnvironment": environment["computeEnvironmentArn"]}
        for each, environment in zip(order, known, strict=True)
    ]


def _listed(items: Mapping[str, Item], wanted: list[str] | None) -> list[Item]:
    if not wanted:
        return list(items.values())
    return [items[name] for each in wanted if (name := each.rpartition("/")[2]) in items]


def _named(item: Request, *members: str) -> Item:
    return {name: item[name] for name in members}


def _revision(definition: Item) -> str:
    return f"{definition['jobDefinitionName']}:{definition['revision']}"
