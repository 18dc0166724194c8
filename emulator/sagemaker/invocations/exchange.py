"""One request to a variant and what became of it, as data capture and metrics see it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.sagemaker.api.data_plane import Answer
from emulator.sagemaker.api.records import Record


@dataclass(frozen=True)
class Exchange:
    """A finished exchange.

    Args:
        endpoint: The endpoint's record.
        container: What served: `variant` is its name.
        body: Payload of the request.
        headers: Headers of the request, names in lower case.
        answer: The container's answer, whatever its status; None when it gave none.
        model_seconds: From sending to the container until its answer was read.
        total_seconds: The whole time within the service.
        finished: When, in seconds since the epoch.
        event_id: Identity of the event.
    """

    endpoint: Record
    container: Mapping[str, Any]
    body: bytes
    headers: Mapping[str, str]
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
