"""Tasks that wait for workers, and their answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition
from typing import Any

from emulator.shapes.errors import ServiceError
from lambdas.labeling.answers import WorkerAnswer


@dataclass(frozen=True)
class Submission:
    """What one worker has sent.

    Args:
        answer: The form that was submitted, and by whom.
        at: When.
    """

    answer: WorkerAnswer
    at: datetime


@dataclass
class OpenTask:
    """One object that workers are asked about.

    Args:
        id: Identifier of the task, unique among all jobs.
        job: Name of the job.
        team: Name of the work team, in small letters.
        title: What workers see first.
        instructions: What tells them more.
        form: How they answer, see `lambdas/labeling/task_types.json`; `custom` for a task of somebody's own.
        labels: The answers that there are.
        input: What the page gets: `task.input` of its template.
        source: What is labeled: the URL of an object, or a text.
        workers: How many are asked.
        check: Raises ServiceError for an answer that cannot be read.
        submitted: What has come so far.
        offered: When the task was put up.
        answered: Called after each answer.
    """

    id: str
    job: str
    team: str
    title: str
    instructions: str
    form: str
    labels: Sequence[str]
    input: Mapping[str, Any]
    source: str
    workers: int
    check: Callable[[WorkerAnswer], None]
    submitted: list[Submission] = field(default_factory=list[Submission])
    offered: float = field(default_factory=time.monotonic)
    answered: Callable[[], None] = lambda: None

    @property
    def done(self) -> bool:
        """Whether as many workers have answered as are asked."""
        return len(self.submitted) >= self.workers

    def described(self) -> dict[str, Any]:
        """The task as the portal tells of it."""
        return {
            "id": self.id,
            "job": self.job,
            "team": self.team,
            "title": self.title,
            "form": self.form,
            "labels": list(self.labels),
            "input": dict(self.input),
            "answersWanted": self.workers - len(self.submitted),
        }


class TaskBoard:
    """All tasks that wait for workers; answers come from the portal's threads, jobs wait in their own."""

    def __init__(self) -> None:
        self._tasks: dict[str, OpenTask] = {}
        self._changed = Condition()

    def offer(self, task: OpenTask) -> None:
        """Put a task up."""
        with self._changed:
            self._tasks[task.id] = task

    def withdraw(self, task: OpenTask) -> None:
        """Take a task down, whoever looks at it."""
        with self._changed:
            self._tasks.pop(task.id, None)

    def open(self, teams: Sequence[str]) -> list[OpenTask]:
        """The tasks of these teams, in the order in which they were put up."""
        with self._changed:
            return [task for task in self._tasks.values() if task.team in teams and not task.done]

    def find(self, identifier: str, teams: Sequence[str]) -> OpenTask:
        """A task of one of these teams. Raises ServiceError when it is not up, or no more."""
        with self._changed:
            task = self._tasks.get(identifier)
        if task is None or task.done or task.team not in teams:
            raise ServiceError("ResourceNotFound", f"There is no open task {identifier}.", 404)
        return task

    def submit(self, task: OpenTask, worker: str, content: Mapping[str, Any]) -> None:
        """Take an answer. Raises ServiceError for a second one of a worker, and for one that cannot be read."""
        answer = WorkerAnswer(worker, content)
        task.check(answer)
        with self._changed:
            if any(each.answer.worker == worker for each in task.submitted):
                raise ServiceError("Conflict", f"{worker} has answered task {task.id} already.", 409)
            if task.id not in self._tasks or task.done:
                raise ServiceError("ResourceNotFound", f"There is no open task {task.id}.", 404)
            task.submitted.append(Submission(answer, datetime.now(UTC)))
            self._changed.notify_all()
        task.answered()

    def wait(self, seconds: float) -> None:
        """Wait until something may have changed."""
        with self._changed:
            self._changed.wait(seconds)
