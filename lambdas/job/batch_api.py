"""Jobs of AWS Batch, called as SageMaker's are: by a name that is chosen before they are there."""

from typing import Any, Protocol

_STATUSES = {"SUCCEEDED": "Completed", "FAILED": "Failed"}
_ENDED = frozenset(_STATUSES)


class BatchCalls(Protocol):
    """The API of Batch."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...

    def passes(self, error: Exception) -> bool:
        """Whether the same call may be answered later."""
        ...


class NamedJobError(Exception):
    """What SageMaker would answer about a name; ``code`` is its error code."""

    def __init__(self, code: str, name: str) -> None:
        super().__init__(f"{code}: {name}")
        self.code = code


class BatchApi:
    """Jobs of ``queue``, each of which is the one that was submitted last under its name.

    Batch identifies jobs itself, and takes a name twice. Whoever starts one looks for its name before: a step that
    is repeated finds what it has submitted, as soon as Batch lists it. Until then, who looks is told to come back.

    See https://docs.aws.amazon.com/batch/latest/APIReference/API_ListJobs.html
    """

    def __init__(self, batch: BatchCalls, queue: str) -> None:
        self._batch = batch
        self._queue = queue

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Create, describe or stop the job called ``BatchJobName``."""
        name = str(arguments.pop("BatchJobName"))
        found = self._find(name)
        if operation == "create_batch_job":
            if found:
                raise NamedJobError("ResourceInUse", name)
            return self._batch.call("submit_job", jobName=name, **arguments)
        if not found:
            raise NamedJobError("ResourceNotFound", name)
        if operation == "describe_batch_job":
            return {
                **found,
                "BatchJobStatus": _STATUSES.get(found["status"], "InProgress"),
                "FailureReason": _reason(found),
            }
        reason = "CloudFormation has deleted or replaced what the job was submitted for"
        return self._batch.call("terminate_job", jobId=found["jobId"], reason=reason)

    def code_of(self, error: Exception) -> str | None:
        """The error code in ``error``, None if it is no answer."""
        return error.code if isinstance(error, NamedJobError) else self._batch.code_of(error)

    def passes(self, error: Exception) -> bool:
        """Whether ``error`` says nothing of the request: also, that a job is not listed yet."""
        if isinstance(error, NamedJobError):
            return error.code == "ResourceNotFound"
        return self._batch.passes(error)

    def _find(self, name: str) -> dict[str, Any] | None:
        named = [{"name": "JOB_NAME", "values": [name]}]
        listed = self._batch.call("list_jobs", jobQueue=self._queue, filters=named)["jobSummaryList"]
        if not listed:
            return None
        newest = max(listed, key=lambda job: int(job["createdAt"]))
        described = self._batch.call("describe_jobs", jobs=[newest["jobId"]])["jobs"]
        return described[0] if described else None


def _reason(job: dict[str, Any]) -> str:
    """Why a job has failed, with what its container has left."""
    container: dict[str, Any] = job.get("container") or {}
    parts = [str(job.get("statusReason", "Batch gave no reason"))]
    parts += [f"{words} {container[name]}" for name, words in _LEFT.items() if name in container]
    return ", ".join(parts) if job["status"] in _ENDED else ""


_LEFT = {"exitCode": "exit code", "reason": "reason:", "logStreamName": "log stream"}
