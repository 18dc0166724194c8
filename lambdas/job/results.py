"""Results of jobs that a deployment has started and did not wait for, written where others read them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.job.kinds import JobCalls
from lambdas.job.logic import RUNNING, attributes

_LONGEST_REASON = 1_000


class ResultsApi(Protocol):
    """Calls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...


@dataclass(frozen=True)
class JobResults:
    """Parameters below ``pointer``: ``status`` is of the job that was deployed last, the others of the last success.

    ``topic`` is told of every end, if there is one. All that is written follows from what SageMaker says of the job
    now, and never from an event, which may come twice, late and out of order: a message that is repeated writes the
    same.
    """

    kind: JobCalls
    pointer: str
    topic: str
    sagemaker: ResultsApi
    parameters: ResultsApi
    topics: ResultsApi

    def started(self, job: str) -> None:
        """Follow ``job``, which a deployment has started, or has found done."""
        self._write(job, self._status())

    def changed(self, job: str) -> None:
        """Act on an event of ``job``, if it is the one that was deployed last."""
        status = self._status()
        if status.get("job") == job:
            self._write(job, status)

    def _status(self) -> Mapping[str, str]:
        text = self.parameters.call("get_parameter", Name=f"{self.pointer}/status")["Parameter"]["Value"]
        return json.loads(text)

    def _write(self, job: str, before: Mapping[str, str]) -> None:
        described = self.sagemaker.call(self.kind.operation("describe"), **{self.kind.name_member: job})
        status = str(described[self.kind.status_member])
        now = {"job": job, "status": status}
        if described.get("FailureReason"):
            now["reason"] = str(described["FailureReason"])[:_LONGEST_REASON]
        if now == before:
            return
        if status == "Completed":
            for name, value in attributes(self.kind, described).items():
                self._put(name, value)
        # Told before it is noted: who dies in between tells it twice, and never not at all.
        if status not in RUNNING and self.topic:
            text = f"{self.kind.name} {job}: {status}\n{now.get('reason', '')}".rstrip()
            self.topics.call("publish", TopicArn=self.topic, Subject="SageMaker job", Message=text)
        self._put("status", json.dumps(now))

    def _put(self, name: str, value: str) -> None:
        # A parameter cannot be empty.
        self.parameters.call("put_parameter", Name=f"{self.pointer}/{name}", Value=value or "none", Overwrite=True)
