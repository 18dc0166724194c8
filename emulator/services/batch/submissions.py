"""Jobs as they are submitted: what the request says over what the definition says."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.services.batch.held import Held, Item, Job, client_error, now

Request = Mapping[str, Any]

_SHOWN = (
    "image", "command", "jobRoleArn", "executionRoleArn", "volumes", "environment", "mountPoints",
    "readonlyRootFilesystem", "ulimits", "privileged", "user", "instanceType", "resourceRequirements",
    "linuxParameters", "logConfiguration", "secrets", "networkConfiguration", "fargatePlatformConfiguration",
    "ephemeralStorage", "runtimePlatform", "repositoryCredentials", "enableExecuteCommand",
)  # fmt: skip
_OVERRIDDEN = ("nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride", "shareIdentifier")
_PARAMETER = re.compile(r"Ref::([\w-]+)")
_STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def submitted(held: Held, request: Request) -> list[Job]:
    """The job of a SubmitJob request, and those of its array. Raises ServiceError."""
    unknown = [name for name in _OVERRIDDEN if request.get(name)]
    if unknown:
        raise client_error(f"The emulator runs no jobs with {', '.join(unknown)}.")
    queue = held.queue(request["jobQueue"])
    if queue["state"] != "ENABLED":
        raise client_error(f"Job queue {queue['jobQueueName']} is not enabled: it is {queue['state']}")
    definition = held.definition(request["jobDefinition"])
    array: Request = request.get("arrayProperties") or {}
    for each in request.get("dependsOn", ()):
        _check_dependency(held, each, array)
    identifier = str(uuid.uuid4())
    detail: Item = {
        "jobId": identifier,
        "jobArn": held.arn(f"job/{identifier}"),
        "jobName": request["jobName"],
        "jobQueue": queue["jobQueueArn"],
        "jobDefinition": definition["jobDefinitionArn"],
        "status": "SUBMITTED",
        "createdAt": now(),
        "attempts": [],
        "retryStrategy": {"attempts": 1, "evaluateOnExit": [], **_either(request, definition, "retryStrategy")},
        "dependsOn": list(request.get("dependsOn", ())),
        "parameters": {**(definition.get("parameters") or {}), **request.get("parameters", {})},
        "container": _container(request.get("containerOverrides", {}), definition["containerProperties"]),
        "timeout": _either(request, definition, "timeout"),
        "tags": {
            **(definition.get("tags") or {} if _propagates(request, definition) else {}),
            **request.get("tags", {}),
        },
        "propagateTags": _propagates(request, definition),
        "platformCapabilities": definition.get("platformCapabilities", ["EC2"]),
    }
    if not array:
        return [Job(detail)]
    size = int(array["size"])
    summary = dict.fromkeys(_STATUSES, 0) | {"SUBMITTED": size}
    children = [Job(_child(held, detail, index)) for index in range(size)]
    return [Job({**detail, "arrayProperties": {"size": size, "statusSummary": summary}}), *children]


def command_of(detail: Item) -> list[str]:
    """The command, with the parameters in the places that name them."""
    given: Mapping[str, str] = detail["parameters"]
    words: Sequence[str] = detail["container"].get("command", ())
    return [_PARAMETER.sub(lambda found: given.get(found[1], found[0]), word) for word in words]


def prerequisites(job: Job) -> Iterator[str]:
    """The identifiers of the jobs that have to succeed before."""
    index = job.array.get("index")
    for each in job.detail["dependsOn"]:
        if each.get("type") == "N_TO_N" and index is not None:
            yield f"{each['jobId']}:{index}"
        elif each.get("jobId"):
            yield each["jobId"]
        elif index:
            yield f"{job.parent}:{index - 1}"


def _child(held: Held, array: Item, index: int) -> Item:
    identifier = f"{array['jobId']}:{index}"
    return {
        **array,
        "jobId": identifier,
        "jobArn": held.arn(f"job/{identifier}"),
        "attempts": [],
        "container": dict(array["container"]),
        "arrayProperties": {"index": index},
        "tags": dict(array["tags"]),
    }


def _container(overrides: Request, properties: Request) -> Item:
    container: Item = {name: properties[name] for name in _SHOWN if name in properties}
    container["environment"] = _merged(properties, overrides, "environment", "name")
    container["resourceRequirements"] = _merged(properties, overrides, "resourceRequirements", "type")
    for old, kind in (("vcpus", "VCPU"), ("memory", "MEMORY")):
        value = overrides.get(old, properties.get(old))
        known = {each["type"] for each in container["resourceRequirements"]}
        if value is not None and kind not in known:
            container["resourceRequirements"].append({"type": kind, "value": str(value)})
    if "command" in overrides:
        container["command"] = overrides["command"]
    return container


def _merged(first: Request, second: Request, member: str, key: str) -> list[Item]:
    by_key = {each[key]: each for source in (first, second) for each in source.get(member) or ()}
    return [dict(each) for each in by_key.values()]


def _either(request: Request, definition: Request, member: str) -> Item:
    return dict(request.get(member) or definition.get(member) or {})


def _propagates(request: Request, definition: Request) -> bool:
    return bool(request.get("propagateTags", definition.get("propagateTags", False)))


def _check_dependency(held: Held, dependency: Request, array: Request) -> None:
    identifier, kind = dependency.get("jobId"), dependency.get("type")
    if not identifier:
        if kind != "SEQUENTIAL" or not array:
            raise client_error("A dependency without a jobId must be SEQUENTIAL, of an array job.")
        return
    known = held.jobs.get(identifier)
    if known is None:
        raise client_error(f"Job {identifier} in dependsOn does not exist")
    if kind == "N_TO_N" and known.array.get("size") != array.get("size"):
        raise client_error(f"An N_TO_N dependency must be on an array job of the same size, got: {identifier}")
