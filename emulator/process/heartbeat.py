"""Work that recurs on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger("emulator.heartbeat")


class Heartbeat:
    """Repeats some work until it is stopped; a failure is logged and the work goes on.

    Args:
        name: Name of the thread.
        seconds: Pause between two rounds.
        work: What to do; must not overlap with itself.
    """

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        self._name = name
        self._seconds = seconds
        self._work = work
        self._stop = threading.Event()
        self._round = threading.Lock()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def stop(self) -> None:
        """End, after one last round."""
        self._stop.set()
        self._once()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._once()

    def _once(self) -> None:
        with self._round:
            try:
                self._work()
            except Exception:
                logger.exception("%s", self._name)
