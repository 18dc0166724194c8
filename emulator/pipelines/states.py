"""The states of an execution's steps, kept in its record and told as they change."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from emulator.pipelines.attempts import StepEnd
from emulator.pipelines.cache import Hit
from emulator.pipelines.definition import DefinedStep
from emulator.pipelines.events import PipelineEvents
from emulator.sagemaker.api.records import Record, Records

_ENDED = ("Succeeded", "Failed", "Stopped")


class StepStates:
    """What an execution keeps of its steps, in the order in which they began."""

    def __init__(self, record: Record, records: Records, events: PipelineEvents) -> None:
        self._record = record
        self._records = records
        self._events = events
        self._states: list[dict[str, Any]] = [dict(state) for state in record.outcome.get("Steps", [])]
        self._lock = Lock()

    def results(self) -> dict[str, Any]:
        """What references to the steps stand for that have succeeded already."""
        return {state["StepName"]: state["Result"] for state in self._outer() if state["StepStatus"] == "Succeeded"}

    def ended(self) -> dict[str, str]:
        """The statuses of those that have ended already."""
        return {state["StepName"]: state["StepStatus"] for state in self._outer() if state["StepStatus"] in _ENDED}

    def _outer(self) -> list[dict[str, Any]]:
        return [state for state in self._states if "IterationContext" not in state]

    def begin(self, step: DefinedStep, context: Mapping[str, Any] | None) -> dict[str, Any]:
        """A new state, of a step that starts."""
        shown = {"StepDisplayName": step.body.get("DisplayName"), "StepDescription": step.body.get("Description")}
        state: dict[str, Any] = {
            "StepName": step.name,
            "StepType": step.type,
            **{name: value for name, value in shown.items() if value},
            **({"IterationContext": dict(context)} if context else {}),
            "StartTime": time.time(),
            "StepStatus": "Starting",
            "AttemptCount": 1,
        }
        with self._lock:
            self._states.append(state)
        self._enter(state, None)
        state["StepStatus"] = "Executing"
        self._enter(state, "Starting")
        return state

    def change(self, state: Mapping[str, Any], **members: Any) -> None:
        """Set members of a state."""
        with self._lock:
            next(each for each in self._states if each is state).update(members)
        self._save()

    def reuse(self, state: dict[str, Any], hit: Hit, signature: str) -> str:
        """End a step with the results of an earlier one; returns its status."""
        kept = {name: hit.state[name] for name in ("Metadata", "Result") if name in hit.state}
        source = {"SourcePipelineExecutionArn": hit.execution_arn}
        self.change(state, **kept, Signature=signature, CacheHitResult=source)
        return self.end(state, StepEnd(status="Succeeded", result=hit.state["Result"]))

    def end(self, state: dict[str, Any], end: StepEnd) -> str:
        """Write down how a step has ended; returns its status."""
        reason = {"FailureReason": end.reason} if end.status == "Failed" else {}
        with self._lock:
            state.update(StepStatus=end.status, EndTime=time.time(), Result=end.result, **reason)
        self._enter(state, "Executing")
        return end.status

    def _enter(self, state: Mapping[str, Any], before: str | None) -> None:
        self._save()
        self._events.step(self._record, state, before)

    def _save(self) -> None:
        with self._lock:
            self._records.change(self._record, Steps=[dict(state) for state in self._states])
