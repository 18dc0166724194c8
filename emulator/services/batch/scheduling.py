"""Jobs go on: dependencies, places in compute environments, attempts and their ends, arrays."""

from __future__ import annotations

import contextvars
import json
import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.ministack.hooks import Publish, in_scope
from emulator.ministack.scope import Scope
from emulator.services.batch.attempts import Attempts, Began, Placed
from emulator.services.batch.held import ENDED, PLACED, BatchRecords, Held, Item, Job, now
from emulator.services.batch.retries import Ending, tried_again
from emulator.services.batch.submissions import prerequisites
from emulator.services.clock import shortened

logger = logging.getLogger("emulator.batch")

_AT_ONCE = 8
"""Containers of jobs that this machine runs at a time."""
_TOO_LARGE = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"


class Scheduling:
    """Lets jobs go on, on a thread of its own, which alone changes them.

    Args:
        records: What is held.
        attempts: Runs attempts.
        publish: Publishes an event.
    """

    def __init__(self, records: BatchRecords, attempts: Attempts, publish: Publish) -> None:
        self._records = records
        self._attempts = attempts
        self._publish = publish
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping: dict[str, threading.Event] = {}
        self._timed: set[str] = set()
        self._told: list[tuple[Scope, Item]] = []
        self._thread: threading.Thread | None = None

    def go_on(self, work: Callable[[], None] = lambda: None) -> None:
        """Do something to jobs, and whatever follows from it; returns at once."""
        with self._records.lock:
            if self._thread is None:
                # No request's context: the thread speaks for whomever a job belongs to.
                self._thread = threading.Thread(target=contextvars.Context().run, args=(self._run,), daemon=True)
                self._thread.start()
        self._work.put(work)

    def stop(self, held: Held, job: Job, reason: str, *, running: bool) -> None:
        """Cancel a job that has no place yet, and, if `running`, end one that has."""
        for each in held.children(job) if job.is_array else [job]:
            if each.has_ended or each.stopped_for or (each.status in PLACED and not running):
                continue
            each.stopped_for = reason
            each.detail["isTerminated" if running else "isCancelled"] = True
            if each.id in self._stopping:
                self._stopping[each.id].set()
        if job.is_array and not job.has_ended:
            job.detail["isTerminated" if running else "isCancelled"] = True

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail whose containers ended with the emulator; returns a sentence for each. The others go on."""
        said: list[str] = []
        with self._records.lock:
            for held in self._records.everywhere():
                for job in list(held.open.values()):
                    if job.status in PLACED:
                        self._change(held, job, "FAILED", reason, stoppedAt=now())
                        said.append(f"Batch job {job.id} was running: {reason}")
        if any(held.open for held in self._records.everywhere()):
            self.go_on()
        return said

    def _run(self) -> None:
        while True:
            work = self._work.get()
            try:
                with self._records.lock:
                    work()
                    while any(self._advance(held) for held in self._records.everywhere()):
                        pass
                    told, self._told = self._told, []
                if told:
                    self._records.changed()
                for scope, detail in told:
                    text = json.dumps(detail, default=str)
                    self._publish(scope, "Batch Job State Change", text, (detail["jobArn"],))
            except Exception:
                logger.exception("jobs cannot go on")

    def _advance(self, held: Held) -> bool:
        """One step of every job that can make one; whether there was any."""
        moved = False
        used = defaultdict[str, float](float)
        for job in held.open.values():
            if job.status in PLACED:
                used[job.environment] += job.vcpus
        for job in _by_priority(held):
            if job.is_array:
                moved |= self._advance_array(held, job)
            elif job.status in ("SUBMITTED", "PENDING"):
                moved |= self._advance_waiting(held, job)
            elif job.status == "RUNNABLE" and (job.stopped_for or len(self._stopping) < _AT_ONCE):
                moved |= self._place(held, job, used)
        return moved

    def _advance_waiting(self, held: Held, job: Job) -> bool:
        awaited = [held.jobs[name].status for name in prerequisites(job) if name in held.jobs]
        if "FAILED" in awaited:
            self._change(held, job, "FAILED", "Dependent Job failed", stoppedAt=now())
        elif all(status == "SUCCEEDED" for status in awaited):
            if job.stopped_for:
                self._change(held, job, "FAILED", job.stopped_for, stoppedAt=now())
            else:
                self._change(held, job, "RUNNABLE")
        elif job.status == "SUBMITTED":
            self._change(held, job, "PENDING")
        else:
            return False
        return True

    def _advance_array(self, held: Held, array: Job) -> bool:
        summary: Mapping[str, int] = array.array["statusSummary"]
        if sum(summary[status] for status in ENDED) == array.array["size"]:
            started = [child.detail["startedAt"] for child in held.children(array) if "startedAt" in child.detail]
            times = {"startedAt": min(started)} if started else {}
            if summary["FAILED"]:
                self._change(held, array, "FAILED", "Array Child Job failed", stoppedAt=now(), **times)
            else:
                self._change(held, array, "SUCCEEDED", stoppedAt=now(), **times)
            return True
        if array.status == "SUBMITTED":
            self._change(held, array, "PENDING")
            return True
        return False

    def _place(self, held: Held, job: Job, used: dict[str, float]) -> bool:
        if job.stopped_for:
            self._change(held, job, "FAILED", job.stopped_for, stoppedAt=now())
            return True
        known = held.queues.get(job.detail["jobQueue"].rpartition("/")[2])
        if known is None:
            self._change(held, job, "FAILED", "The job queue was deleted", stoppedAt=now())
            return True
        environments = [held.environment(each["computeEnvironment"]) for each in known["computeEnvironmentOrder"]]
        if all(_most_vcpus(each) < job.vcpus for each in environments):
            return self._too_large(held, job, known.get("jobStateTimeLimitActions", ()))
        for each in environments:
            name = each["computeEnvironmentName"]
            if each["state"] == "ENABLED" and used[name] + job.vcpus <= _most_vcpus(each):
                used[name] += job.vcpus
                self._start(held, job, name, known["jobQueueName"])
                return True
        return False

    def _too_large(self, held: Held, job: Job, actions: Sequence[Item]) -> bool:
        """Leave a job waiting that nothing of its queue is large enough for, until the queue's limit cancels it."""
        job.stuck_since = job.stuck_since or now()
        job.detail["statusReason"] = f"{_TOO_LARGE} - no compute environment of the queue has the vCPUs."
        limits = [int(each["maxTimeSeconds"]) for each in actions if each["reason"] == _TOO_LARGE]
        if not limits:
            return False
        left = shortened(min(limits)) - (now() - job.stuck_since) / 1000
        if left <= 0:
            self._change(held, job, "FAILED", f"Canceled by JobStateTimeLimit action due to reason: {_TOO_LARGE}")
            return True
        if job.id not in self._timed:
            self._timed.add(job.id)
            timer = threading.Timer(left, self.go_on)
            timer.daemon = True
            timer.start()
        return False

    def _start(self, held: Held, job: Job, environment: str, queue_name: str) -> None:
        job.environment = environment
        job.detail.pop("statusReason", None)
        self._change(held, job, "STARTING")
        stopping = self._stopping[job.id] = threading.Event()
        size = held.jobs[job.parent].array["size"] if job.parent else None
        placed = Placed(job.detail, environment, queue_name, len(job.detail["attempts"]) + 1, size)

        def began(attempt: Began) -> None:
            self.go_on(lambda: self._began(held, job, attempt))

        def work() -> None:
            try:
                with in_scope(held.scope.account, held.scope.region):
                    ending = self._attempts.run(placed, stopping, began)
            except Exception as error:
                logger.exception("job %s", job.id)
                ending = Ending("Task failed to start", f"InternalServerError: {type(error).__name__}: {error}")
            self.go_on(lambda: self._ended(held, job, ending))

        threading.Thread(target=contextvars.Context().run, args=(work,), name=f"job-{job.id}", daemon=True).start()

    def _began(self, held: Held, job: Job, attempt: Began) -> None:
        task = f"arn:aws:ecs:{held.scope.region}:{held.scope.account}:task/{job.environment}/{attempt.task}"
        job.detail["container"].update(logStreamName=attempt.stream, taskArn=task)
        for left in ("exitCode", "reason"):
            job.detail["container"].pop(left, None)
        self._change(held, job, "RUNNING", startedAt=now())

    def _ended(self, held: Held, job: Job, ending: Ending) -> None:
        self._stopping.pop(job.id, None)
        container: Item = job.detail["container"]
        if ending.code is not None:
            container["exitCode"] = ending.code
        if ending.reason:
            container["reason"] = ending.reason
        members = ("exitCode", "reason", "logStreamName", "taskArn")
        stopped = now()
        attempt: Item = {
            "container": {name: container[name] for name in members if name in container},
            "stoppedAt": stopped,
            "statusReason": ending.status_reason,
        }
        if job.status == "RUNNING":
            attempt["startedAt"] = job.detail["startedAt"]
        job.detail["attempts"].append(attempt)
        if job.stopped_for:
            self._change(held, job, "FAILED", job.stopped_for, stoppedAt=stopped)
        elif ending.code == 0 and not ending.timed_out:
            self._change(held, job, "SUCCEEDED", ending.status_reason, stoppedAt=stopped)
        elif not ending.timed_out and tried_again(job.detail["retryStrategy"], len(job.detail["attempts"]), ending):
            self._change(held, job, "RUNNABLE", ending.status_reason)
        else:
            self._change(held, job, "FAILED", ending.status_reason, stoppedAt=stopped)

    def _change(self, held: Held, job: Job, status: str, reason: str = "", **members: Any) -> None:
        if job.parent:
            summary: dict[str, int] = held.jobs[job.parent].detail["arrayProperties"]["statusSummary"]
            summary[job.status] -= 1
            summary[status] += 1
        job.detail.update(status=status, **members)
        if reason:
            job.detail["statusReason"] = reason
        if job.has_ended:
            held.open.pop(job.id, None)
        # What is told later is what it is now.
        self._told.append((held.scope, json.loads(json.dumps(job.detail, default=str))))


def _by_priority(held: Held) -> Sequence[Job]:
    """The jobs that have not ended: those of queues that come first, and of these the oldest, first."""
    priorities = {each["jobQueueArn"]: -int(each["priority"]) for each in held.queues.values()}
    return sorted(held.open.values(), key=lambda job: priorities.get(job.detail["jobQueue"], 0))


def _most_vcpus(environment: Item) -> float:
    return float(environment["computeResources"]["maxvCpus"])
