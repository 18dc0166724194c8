"""One invocation and what became of it, as data capture and metrics see it."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from emulator.containers.invocation import Answer, Invocation
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.endpoints.units import ServingUnit


@dataclass(frozen=True)
class Exchange:
    """A finished exchange.

    Args:
        endpoint: The endpoint's record.
        unit: What served.
        invocation: What was asked.
        answer: The container's answer, whatever its status; None when it gave none.
        model_seconds: From sending to the container until its answer was read.
        total_seconds: The whole time within the service.
        finished: When, in seconds since the epoch.
        event_id: Identity of the event.
    """

    endpoint: Record
    unit: ServingUnit
    invocation: Invocation
    answer: Answer | None
    model_seconds: float
    total_seconds: float
    finished: float = field(default_factory=time.time)
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Observer(Protocol):
    """Is told of every exchange, on the request's path: it must only take note."""

    def observed(self, exchange: Exchange) -> None:
        """Take note."""
        ...
