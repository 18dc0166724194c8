"""How many requests are under way, where that is limited."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from emulator.errors import ServiceError


class Concurrency:
    """Counts requests under way by the name of what serves them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    @contextmanager
    def one_more(self, name: str, most: int) -> Generator[None]:
        """Hold one of so many places; raises ServiceError (ThrottlingException) when all are taken."""
        with self._lock:
            if self._running[name] >= most:
                raise ServiceError(
                    "ThrottlingException", f"Rate exceeded: {most} requests are served already.", status=429
                )
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1
