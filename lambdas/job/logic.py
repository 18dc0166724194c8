"""Start, watch and stop one job for one CloudFormation request."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.job.kinds import KINDS, JobCalls

RUNNING = frozenset({"InProgress", "Stopping", "Pending", "Starting"})
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
    name: str
    arguments: dict[str, Any]

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "JobRequest":
        """The job of ``event``; its name follows from the request, so that a repeat names the same job."""
        properties = event["ResourceProperties"]
        seed = "/".join((event["StackId"], event["LogicalResourceId"], event["RequestId"]))
        suffix = hashlib.sha256(seed.encode()).hexdigest()[:16]
        return JobRequest(
            kind=KINDS[properties["Kind"]],
            name=f"{properties['NamePrefix']}-{suffix}",
            arguments=json.loads(properties["Request"]),
        )


def start(api: JobApi, request: JobRequest) -> None:
    """Start the job, or do nothing when an earlier delivery of the same request has started it."""
    try:
        api.call(
            request.kind.operation("create"),
            **{request.kind.name_member: request.name},
            **request.arguments,
        )
    except Exception as error:
        if api.code_of(error) != "ResourceInUse":
            raise


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
    """The attributes of a completed job, None while it runs; ``JobFailed`` when it ended otherwise."""
    description = api.call(kind.operation("describe"), **{kind.name_member: name})
    status = description[kind.status_member]
    if status in RUNNING:
        return None
    if status != "Completed":
        reason = description.get("FailureReason") or "SageMaker gave no reason"
        raise JobFailed(f"{kind.name} {name} ended as {status}: {reason}")
    return {attribute: str(_at(description, path)) for attribute, path in kind.attributes.items()}


def _status(api: JobApi, kind: JobCalls, name: str) -> str | None:
    try:
        return api.call(kind.operation("describe"), **{kind.name_member: name})[kind.status_member]
    except Exception as error:
        if api.code_of(error) in GONE:
            return None
        raise


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for member in path:
        value = value[member]
    return value
