"""How many requests are under way, for limits and for metrics."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from emulator.sagemaker.api.records import Record
from emulator.sagemaker.endpoints.units import ServingUnit
from emulator.shapes.errors import ServiceError


@dataclass(frozen=True)
class Place:
    """What serves requests: a variant of an endpoint, or an inference component on it."""

    account: str
    region: str
    endpoint: str
    variant: str
    component: str | None

    @classmethod
    def of(cls, endpoint: Record, unit: ServingUnit) -> Place:
        """The place of a unit."""
        name = str(endpoint.request["EndpointName"])
        return cls(endpoint.account, endpoint.region, name, unit.variant, unit.component)


class Concurrency:
    """Counts requests under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[Place] = Counter()
        self._peaks: Counter[Place] = Counter()

    @contextmanager
    def one_more(self, place: Place, most: int | None) -> Generator[None]:
        """Count a request; raises ServiceError (ThrottlingException) when there are so many already."""
        with self._lock:
            if most is not None and self._running[place] >= most:
                raise ServiceError(
                    "ThrottlingException", f"Rate exceeded: {most} requests are served already.", status=429
                )
            self._running[place] += 1
            self._peaks[place] = max(self._peaks[place], self._running[place])
        try:
            yield
        finally:
            with self._lock:
                self._running[place] -= 1

    def peaks(self) -> Mapping[Place, int]:
        """The most requests at one time since this was last asked, of the places that had any."""
        with self._lock:
            peaks, self._peaks = self._peaks, Counter(+self._running)
            return {place: peak for place, peak in peaks.items() if peak}
