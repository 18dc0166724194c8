"""Jobs under way, so that they can be told to stop, even those that are only about to begin."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar


@dataclass
class RunningJob:
    """A job under way; what runs it looks now and then whether it is to stop."""

    stop_requested: bool = False


Job = TypeVar("Job", bound=RunningJob)


class RunningJobs(Generic[Job]):
    """Jobs by name."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._stopped_early: set[str] = set()
        self._lock = Lock()

    @contextmanager
    def under_way(self, name: str, job: Job) -> Generator[None]:
        """Let a job be stopped meanwhile; a stop that came before counts."""
        with self._lock:
            self._jobs[name] = job
            job.stop_requested = name in self._stopped_early
            self._stopped_early.discard(name)
        try:
            yield
        finally:
            with self._lock:
                self._jobs.pop(name, None)

    def stop(self, name: str) -> Job | None:
        """Tell a job to stop, now or as soon as it begins; it is returned if it is under way."""
        with self._lock:
            job = self._jobs.get(name)
            if job is None:
                self._stopped_early.add(name)
            else:
                job.stop_requested = True
            return job
