"""The processes of deployed units: started, called one after the other, ended."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from emulator.containers.hosting import Hosting
from emulator.containers.invocation import Answer, Invocation, StreamedAnswer
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.sagemaker.models.parts import Part
from emulator.shapes.errors import ServiceError

PRIMARY = "primary"


@dataclass(frozen=True)
class Answered:
    """An answer and the container that gave it, as messages call it."""

    answer: Answer
    source: str


class ServingFleet:
    """Runs units.

    Args:
        hosting: Runs their containers.
    """

    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting
        self._started: set[str] = set()
        self._starting = threading.Lock()

    def start(self, unit: ServingUnit) -> None:
        """Start every part; raises with the reason when one does not get healthy."""
        if unit.model.problem:
            raise ServiceError("ValidationException", unit.model.problem)
        for part in unit.model.parts:
            self._hosting.start(part.container)
        self._started.add(unit.name)

    def ensure_started(self, unit: ServingUnit) -> None:
        """Start a unit that ran before the emulator was restarted; raises as `start` does."""
        with self._starting:
            if unit.name not in self._started:
                self.start(unit)

    def stop(self, units: Iterable[ServingUnit]) -> None:
        """End every part of these."""
        for unit in units:
            self._started.discard(unit.name)
            for part in unit.model.parts:
                self._hosting.stop(part.container.name)

    def process_groups(self, unit: ServingUnit) -> list[int]:
        """The groups of processes of its containers that run."""
        groups = (self._hosting.process_group(part.container.name) for part in unit.model.parts)
        return [group for group in groups if group is not None]

    def invoke(self, unit: ServingUnit, invocation: Invocation, timeout_seconds: float) -> Answered:
        """Send an invocation through the parts, each getting the answer of the one before; stops at the first error.

        Args:
            unit: What was deployed.
            invocation: The first part's; the part alone that it names, where these are called directly.
            timeout_seconds: For each part.
        """
        answered: Answered | None = None
        for part in _called(unit, invocation):
            if answered is not None:
                invocation = invocation.following(answered.answer)
            answer = self._hosting.invoke(part.container.name, invocation, timeout_seconds)
            answered = Answered(answer, part.hostname if unit.model.is_pipeline else PRIMARY)
            if not 200 <= answer.status < 300:
                break
        if answered is None:
            raise ServiceError("ValidationError", f"There is no container {invocation.hostname} in this model.")
        return answered

    def stream(
        self, unit: ServingUnit, invocation: Invocation, timeout_seconds: float
    ) -> AbstractContextManager[StreamedAnswer]:
        """Send an invocation to one part of a unit, the answer of which is read as it comes.

        Raises ServiceError for a pipeline whose parts are called one after the other.
        """
        parts = _called(unit, invocation)
        if len(parts) != 1:
            raise ServiceError("ValidationError", "The emulator streams no answers of serial inference pipelines.")
        return self._hosting.stream(parts[0].container.name, invocation, timeout_seconds)


def _called(unit: ServingUnit, invocation: Invocation) -> list[Part]:
    return [part for part in unit.model.parts if invocation.hostname in (None, part.hostname)]
