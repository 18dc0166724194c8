"""Start, watch and stop one job for one CloudFormation request."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from lambdas.job.kinds import DEPLOYED_KINDS, JobCalls

RUNNING = frozenset({"InProgress", "Stopping", "Pending", "Starting", "Initializing"})
USABLE = RUNNING - {"Stopping"} | {"Completed"}
GONE = frozenset({"ResourceNotFound", "ValidationException"})


class JobFailed(Exception):  # noqa: N818 - CloudFormation shows this name to the user
    """The job ended without a result; the message is SageMaker's reason."""


class JobApi(Protocol):
    """The calls that a job needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of the SageMaker API."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class JobRequest:
    """What CloudFormation asks for, read from a custom resource event."""

    kind: JobCalls
    prefix: str
    seed: str
    arguments: dict[str, Any]

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "JobRequest":
        """The job of ``event``."""
        properties = event["ResourceProperties"]
        arguments: dict[str, Any] = json.loads(properties["Request"])
        # A stack that is made anew has another id and other roles; neither changes what the job does.
        content = _without_roles(arguments)
        stack = event["StackId"].rpartition("/")[0]
        seed = [stack, event["LogicalResourceId"], properties["Kind"], content]
        return JobRequest(
            kind=DEPLOYED_KINDS[properties["Kind"]],
            prefix=properties["NamePrefix"],
            seed=json.dumps(seed, sort_keys=True),
            arguments=arguments,
        )

    def name(self, attempt: int) -> str:
        """The job's name at an attempt: what was asked for in the same place of the same stack has the same."""
        return f"{self.prefix}-{hashlib.sha256(f'{self.seed}{attempt}'.encode()).hexdigest()[:16]}"


def choose(api: JobApi, request: JobRequest) -> str:
    """The name of a job that does what is asked for, or has done it; else the next one that is free.

    A rollback to what was there before and a stack that is made anew cost no second job. One that failed or was
    stopped is tried again under the next name.
    """
    for attempt in itertools.count():
        name = request.name(attempt)
        status = _status(api, request.kind, name)
        if status is None or status in USABLE:
            return name
    raise AssertionError("there is always another attempt")


def create(api: JobApi, request: JobRequest, name: str) -> None:
    """Start the job under the name that was chosen for it, unless it is there."""
    try:
        api.call(request.kind.operation("create"), **{request.kind.name_member: name}, **request.arguments)
    except Exception as error:
        if api.code_of(error) != "ResourceInUse":
            raise


def started(api: JobApi, request: JobRequest) -> list[str]:
    """The names of all jobs that were ever started for the request."""
    names: list[str] = []
    for attempt in itertools.count():
        name = request.name(attempt)
        if _status(api, request.kind, name) is None:
            break
        names.append(name)
    return names


def stop(api: JobApi, kind: JobCalls, name: str) -> None:
    """Stop the job if it runs; a job that has ended, or never was, needs nothing."""
    if _status(api, kind, name) in RUNNING:
        try:
            api.call(kind.operation("stop"), **{kind.name_member: name})
        except Exception as error:
            # It may have ended between the two calls.
            if api.code_of(error) not in GONE:
                raise


def has_stopped(api: JobApi, kind: JobCalls, name: str) -> bool:
    """Whether nothing of the job runs any more."""
    return _status(api, kind, name) not in RUNNING


def result(api: JobApi, kind: JobCalls, name: str) -> dict[str, str] | None:
    """The attributes of a completed job, None while it runs; ``JobFailed`` when it ended otherwise.

    An attribute that the job has no value for is empty.
    """
    description = api.call(kind.operation("describe"), **{kind.name_member: name})
    status = description[kind.status_member]
    if status in RUNNING:
        return None
    if status != "Completed":
        reason = description.get("FailureReason") or "SageMaker gave no reason"
        raise JobFailed(f"{kind.name} {name} ended as {status}: {reason}")
    return attributes(kind, description)


def attributes(kind: JobCalls, description: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of a job that was described."""
    return {attribute: str(_at(description, path)) for attribute, path in kind.attributes.items()}


def _status(api: JobApi, kind: JobCalls, name: str) -> str | None:
    try:
        return api.call(kind.operation("describe"), **{kind.name_member: name})[kind.status_member]
    except Exception as error:
        if api.code_of(error) in GONE:
            return None
        raise


def _without_roles(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast(dict[str, Any], value).items()
        return {name: _without_roles(member) for name, member in members if name != "RoleArn"}
    return [_without_roles(item) for item in cast(list[Any], value)] if isinstance(value, list) else value


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for member in path:
        try:
            value = value[member]
        except (KeyError, IndexError):
            # Not every job of a kind has all: CloudFormation would refuse an attribute that is not there.
            return ""
    return value
