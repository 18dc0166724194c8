"""Steps in the order of what they wait for, several at a time."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Literal

from emulator.pipelines.definition import Awaited, DefinedStep

_MOST_AT_ONCE = 32
_SKIPPED = "Skipped"
"""The state of a step that will never be carried out."""
_TRIGGERED_BY = {
    "Succeeded": ("Completed", "Any"),
    "Failed": ("Failed", "Any"),
    "Stopped": ("Stopped", "Any"),
}

Outcome = Callable[[str], bool]
"""Whether a condition step that has succeeded was true."""


class StepGraph:
    """Steps to carry out.

    Args:
        steps: By name.
        ended: The status of steps that need not be carried out any more, by name; it grows.
        outcome: How a condition has turned out.
        limit: How many steps may be under way at a time, asked again and again.
        stop: No step begins once it is set.
    """

    def __init__(
        self,
        steps: Mapping[str, DefinedStep],
        ended: dict[str, str],
        outcome: Outcome,
        limit: Callable[[], int | None],
        stop: Event,
    ) -> None:
        self._steps = steps
        self._outcome = outcome
        self._limit = limit
        self._stop = stop
        self.ended = ended
        awaited = ((each.step, each.trigger) for step in steps.values() for each in step.dependencies)
        self._handled = {name for name, trigger in awaited if trigger in ("Failed", "Any")}

    @property
    def given_up(self) -> bool:
        """Whether a step has failed, and none was to follow in that case."""
        return any(status == "Failed" and name not in self._handled for name, status in self.ended.items())

    def run(self, carry_out: Callable[[DefinedStep], str]) -> None:
        """Carry out every step whose turn comes; `carry_out` returns its status, on a thread of its own.

        After a failure that nothing follows, what is under way goes on to its end and nothing else begins.
        """
        running: dict[Future[str], str] = {}
        with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
            while True:
                for name in self._due(set(running.values())):
                    if len(running) < min(self._limit() or _MOST_AT_ONCE, _MOST_AT_ONCE):
                        context = contextvars.copy_context()
                        running[pool.submit(context.run, carry_out, self._steps[name])] = name
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self.ended[running.pop(future)] = future.result()

    def _due(self, running: set[str]) -> Iterator[str]:
        if self._stop.is_set() or self.given_up:
            return
        changed = True
        while changed:
            changed = False
            for name, step in self._steps.items():
                if name not in self.ended and name not in running and self._verdict(step) == "skip":
                    self.ended[name] = _SKIPPED
                    changed = True
        for name, step in self._steps.items():
            if name not in self.ended and name not in running and self._verdict(step) == "run":
                yield name

    def _verdict(self, step: DefinedStep) -> Literal["run", "wait", "skip"]:
        verdicts = [self._after(each) for each in step.dependencies]
        if step.branch:
            condition, wanted = step.branch
            status = self.ended.get(condition)
            if status is None:
                verdicts.append("wait")
            elif status != "Succeeded" or self._outcome(condition) != wanted:
                verdicts.append("skip")
        if "skip" in verdicts:
            return "skip"
        return "wait" if "wait" in verdicts else "run"

    def _after(self, dependency: Awaited) -> Literal["run", "wait", "skip"]:
        status = self.ended.get(dependency.step)
        if status is None:
            return "wait"
        return "run" if dependency.trigger in _TRIGGERED_BY.get(status, ()) else "skip"
