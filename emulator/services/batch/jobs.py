"""Jobs: submitted, described, listed, cancelled and terminated."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from emulator.services.batch.held import ENDED, BatchRecords, Held, Item, Job, client_error
from emulator.services.batch.scheduling import Scheduling
from emulator.services.batch.submissions import submitted

Request = Mapping[str, Any]

_SUMMARY = (
    "jobArn", "jobId", "jobName", "createdAt", "status", "statusReason", "startedAt", "stoppedAt", "jobDefinition",
    "isCancelled", "isTerminated",
)  # fmt: skip
_MOST_DESCRIBED = 100
_PAGE = 1_000


class BatchJobs:
    """Answers the calls about jobs.

    Args:
        records: What is held.
        scheduling: Lets jobs go on.
    """

    def __init__(self, records: BatchRecords, scheduling: Scheduling) -> None:
        self._records = records
        self._scheduling = scheduling
        self.operations: Mapping[str, Callable[[Request], Item]] = {
            "SubmitJob": self.submit,
            "DescribeJobs": self._describe,
            "ListJobs": self._list,
            "CancelJob": lambda request: self._stop(request, running=False),
            "TerminateJob": lambda request: self._stop(request, running=True),
        }

    def submit(self, request: Request) -> Item:
        """SubmitJob."""
        held = self._records.here()
        made = submitted(held, request)
        held.add(made)
        self._scheduling.go_on()
        return {name: made[0].detail[name] for name in ("jobArn", "jobName", "jobId")}

    def end_all(self, held: Held, queue: str) -> None:
        """End the jobs of a queue that is deleted."""
        for job in held.open.values():
            if job.detail["jobQueue"] == queue:
                self._scheduling.stop(held, job, "The job queue was deleted", running=True)
        self._scheduling.go_on()

    def _describe(self, request: Request) -> Item:
        held, wanted = self._records.here(), request["jobs"]
        if len(wanted) > _MOST_DESCRIBED:
            raise client_error(f"DescribeJobs takes at most {_MOST_DESCRIBED} jobs, got: {len(wanted)}")
        names = [name.rpartition(":job/")[2] for name in wanted]
        return {"jobs": [_described(held.jobs[name]) for name in names if name in held.jobs]}

    def _list(self, request: Request) -> Item:
        held = self._records.here()
        places = [name for name in ("jobQueue", "arrayJobId", "multiNodeJobId") if request.get(name)]
        if len(places) != 1:
            raise client_error("Exactly one of jobQueue, arrayJobId and multiNodeJobId must be given.")
        if places[0] == "jobQueue":
            arn = held.queue(request["jobQueue"])["jobQueueArn"]
            found = [job for job in held.jobs.values() if not job.parent and job.detail["jobQueue"] == arn]
        else:
            array = held.jobs.get(str(request[places[0]]))
            found = held.children(array) if array and array.is_array else []
        filters = request.get("filters") or ()
        if filters:
            # The newest first, where a filter is given.
            found = [job for job in reversed(found) if all(_passes(job, each) for each in filters)]
        else:
            status = request.get("jobStatus", "RUNNING")
            found = [job for job in found if job.status == status]
        start, size = int(request.get("nextToken") or 0), int(request.get("maxResults") or _PAGE)
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        return {"jobSummaryList": [_summary(job) for job in found[start : start + size]], **more}

    def _stop(self, request: Request, *, running: bool) -> Item:
        held = self._records.here()
        job = held.jobs.get(request["jobId"].rpartition(":job/")[2])
        if job is None:
            raise client_error(f"Job {request['jobId']} does not exist")
        self._scheduling.stop(held, job, request["reason"], running=running)
        self._scheduling.go_on()
        return {}


def _described(job: Job) -> Item:
    return copy.deepcopy(job.detail)


def _summary(job: Job) -> Item:
    summary: Item = {name: job.detail[name] for name in _SUMMARY if name in job.detail}
    container = {
        name: job.detail["container"][name] for name in ("exitCode", "reason") if name in job.detail["container"]
    }
    if container and job.status in ENDED:
        summary["container"] = container
    if job.array:
        summary["arrayProperties"] = {name: job.array[name] for name in ("size", "index") if name in job.array}
    return summary


def _passes(job: Job, condition: Request) -> bool:
    name, values = condition["name"], [str(value) for value in condition["values"]]
    match name:
        case "JOB_NAME":
            own = str(job.detail["jobName"]).lower()
            return any(_begins(own, value.lower()) for value in values)
        case "JOB_DEFINITION":
            arn = str(job.detail["jobDefinition"])
            own = arn.rpartition("/")[2].partition(":")[0]
            return any(value == arn or _begins(own, value) for value in values)
        case "BEFORE_CREATED_AT":
            return all(job.detail["createdAt"] < int(value) for value in values)
        case "AFTER_CREATED_AT":
            return all(job.detail["createdAt"] > int(value) for value in values)
        case _:
            raise client_error(f"The emulator knows no filter {name}.")


def _begins(text: str, pattern: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
