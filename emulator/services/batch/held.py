"""What Batch holds: compute environments, queues, definitions and jobs, by account and region."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.shapes.errors import ServiceError

Item = dict[str, Any]

ENDED = ("SUCCEEDED", "FAILED")
PLACED = ("STARTING", "RUNNING")
_KEPT = ("scope", "environments", "queues", "definitions", "jobs")


@dataclass
class Job:
    """A job, an array of jobs, or one of an array.

    Args:
        detail: As DescribeJobs shows it.
        environment: Name of the compute environment in which it was placed last.
        stopped_for: Why it is to end; empty while nobody has asked for that.
        stuck_since: When it was first too large for its queue; 0 as long as it is not.
    """

    detail: Item
    environment: str = ""
    stopped_for: str = ""
    stuck_since: int = 0

    @property
    def id(self) -> str:
        """Its identifier; one of an array has its index at the end."""
        return str(self.detail["jobId"])

    @property
    def status(self) -> str:
        """Such as `RUNNABLE`."""
        return str(self.detail["status"])

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.status in ENDED

    @property
    def array(self) -> Mapping[str, Any]:
        """Size and summary of an array, or the index within one."""
        return self.detail.get("arrayProperties") or {}

    @property
    def is_array(self) -> bool:
        """Whether it is an array, which others run for."""
        return "size" in self.array

    @property
    def parent(self) -> str | None:
        """The array that it is one of."""
        return self.id.rpartition(":")[0] or None

    @property
    def vcpus(self) -> float:
        """What it takes of its compute environment."""
        wanted = self.detail["container"].get("resourceRequirements", ())
        return next((float(each["value"]) for each in wanted if each["type"] == "VCPU"), 1)


@dataclass
class Held:
    """What one account has in one region.

    Args:
        scope: Account and region.
        environments: Compute environments by name.
        queues: Job queues by name.
        definitions: The revisions of each job definition, the first one first.
        jobs: Jobs by identifier, the oldest first.
        open: Those of them that have not ended.
    """

    scope: Scope
    environments: dict[str, Item] = field(default_factory=dict[str, Item])
    queues: dict[str, Item] = field(default_factory=dict[str, Item])
    definitions: dict[str, list[Item]] = field(default_factory=dict[str, list[Item]])
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    open: dict[str, Job] = field(init=False)

    def __post_init__(self) -> None:
        """Tell the jobs that go on from those that have ended."""
        self.open = {name: job for name, job in self.jobs.items() if not job.has_ended}

    def add(self, jobs: Iterable[Job]) -> None:
        """Take up jobs that were submitted."""
        made = {job.id: job for job in jobs}
        self.jobs |= made
        self.open |= made

    def arn(self, resource: str) -> str:
        """The ARN of something of Batch here."""
        return f"arn:aws:batch:{self.scope.region}:{self.scope.account}:{resource}"

    def environment(self, named: str) -> Item:
        """A compute environment, by name or ARN; raises ServiceError."""
        return _found(self.environments, named, "compute-environment")

    def queue(self, named: str) -> Item:
        """A job queue, by name or ARN; raises ServiceError."""
        return _found(self.queues, named, "job-queue")

    def definition(self, named: str) -> Item:
        """The revision that a job runs, by name (the newest active one), name and revision, or ARN.

        Raises ServiceError.
        """
        name, _, revision = named.rpartition(":job-definition/")[2].rpartition("job-definition/")[2].partition(":")
        for each in reversed(self.definitions.get(name, [])):
            if str(each["revision"]) == revision or (not revision and each["status"] == "ACTIVE"):
                if each["status"] != "ACTIVE":
                    raise client_error(f"Job Definition with ARN {each['jobDefinitionArn']} status not ACTIVE.")
                return each
        raise client_error(f"JobDefinition not found: {named}")

    def children(self, array: Job) -> list[Job]:
        """The jobs of an array."""
        return [self.jobs[f"{array.id}:{index}"] for index in range(array.array["size"])]

    def tagged(self) -> Iterator[Item]:
        """Whatever has tags."""
        yield from self.environments.values()
        yield from self.queues.values()
        yield from (revision for revisions in self.definitions.values() for revision in revisions)
        yield from (job.detail for job in self.jobs.values())


class BatchRecords:
    """All that is held, everywhere. Take `lock` for whatever reads or changes it.

    Args:
        current_scope: Account and region of the request being served.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, current_scope: Callable[[], Scope], changed: Callable[[], None]) -> None:
        self.lock = StateLock()
        self.changed = changed
        self._current_scope = current_scope
        self._held: dict[Scope, Held] = {}

    def here(self) -> Held:
        """What the caller's account has in the region of the request."""
        scope = self._current_scope()
        with self.lock:
            return self._held.setdefault(scope, Held(scope))

    def everywhere(self) -> list[Held]:
        """All of it."""
        with self.lock:
            return list(self._held.values())

    def get_state(self) -> dict[str, Any]:
        """What is saved."""
        with self.lock:
            return {"held": [{name: kept[name] for name in _KEPT} for kept in map(asdict, self._held.values())]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what was saved."""
        for saved in state["held"]:
            scope = Scope(**saved["scope"])
            jobs = {name: Job(**job) for name, job in saved["jobs"].items()}
            self._held[scope] = Held(scope, saved["environments"], saved["queues"], saved["definitions"], jobs)


def client_error(message: str) -> ServiceError:
    """What Batch answers to requests that it refuses."""
    return ServiceError("ClientException", message)


def now() -> int:
    """Milliseconds, as Batch counts them."""
    return int(time.time() * 1000)


def _found(items: Mapping[str, Item], named: str, kind: str) -> Item:
    found = items.get(named.rpartition(f":{kind}/")[2])
    if found is None:
        raise client_error(f"{named} does not exist")
    return found
