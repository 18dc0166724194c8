"""A streaming labeling job: objects come while it runs, and each has its label at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.containers.errors import DataPlaneError
from emulator.jobs.labeling.arrivals import Arrival
from emulator.jobs.labeling.run import LabeledObject, LabelingResult, LabelingRun
from lambdas.labeling.answers import UnreadableAnswerError

IDLE_SECONDS = 864_000.0
"""Ten days, after which AWS stops a job that has nothing to do."""


class Arrivals(Protocol):
    """What tells of objects."""

    def open(self) -> None:
        """Listen from now on."""
        ...

    def take(self, most: int) -> Sequence[Arrival]:
        """The next objects."""
        ...

    def close(self) -> None:
        """Listen no more."""
        ...


@dataclass
class StreamingRun(LabelingRun):
    """Runs until it is stopped, or has been idle for too long.

    Args:
        queue: What tells of objects.
        begun: Called when it does.
        tell: Told of each label.
        idle_seconds: How long nothing may be to do.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sms-streaming-stop-labeling-job.html
    """

    queue: Arrivals
    begun: Callable[[], None]
    tell: Callable[[Mapping[str, Any]], None]
    idle_seconds: float = IDLE_SECONDS
    _known: set[str] = field(default_factory=set[str])
    _lines: dict[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    _labeled: int = 0
    _busy: float = field(default_factory=time.monotonic)

    def run(self) -> LabelingResult:
        """Ask workers about whatever comes."""
        self.queue.open()
        try:
            self.begun()
            return super().run()
        finally:
            self.queue.close()

    def _over(self, objects: Sequence[LabeledObject]) -> bool:
        if self._labeled < len(objects):
            self._busy = time.monotonic()
        return time.monotonic() - self._busy > self.idle_seconds

    def _arrived(self, objects: list[LabeledObject], room: int) -> Sequence[tuple[int, LabeledObject]]:
        if room <= 0:
            return ()
        first = len(objects)
        for each in self.queue.take(room):
            if each.id not in self._known:
                self._known.add(each.id)
                objects.append(
                    LabeledObject(each.line, failure=f"ClientError: {each.failure}" if each.failure else "")
                )
        return [(number, each) for number, each in enumerate(objects[first:], first) if not each.failure]

    def _label_settled(self, objects: Sequence[LabeledObject], categories: Sequence[str]) -> None:
        settled = [(number, each) for number, each in enumerate(objects) if each.settled]
        fresh = [(number, each) for number, each in settled if number not in self._lines]
        for number, each in fresh:
            if each.task and each.task.done and not each.failure:
                try:
                    answers = {number: self._keep_answers(number, each)}
                    self._lines |= self._labels([(number, each)], categories, answers)
                    self.tell(self._lines[number])
                    continue
                except (DataPlaneError, UnreadableAnswerError) as error:
                    each.failure = f"ClientError: {error}"
            self._lines[number] = self._unlabeled(each)
        self._labeled = len(self._lines)
        if fresh:
            self._write_manifest(objects, self._lines)

    def _ended(self, objects: Sequence[LabeledObject], categories: Sequence[str]) -> LabelingResult:
        self._label_settled(objects, categories)
        output = self._write_manifest(objects, self._lines) if objects else None
        return LabelingResult(status="Stopped", counters=self._counters(objects), output=output)
